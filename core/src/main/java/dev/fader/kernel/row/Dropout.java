package dev.fader.kernel.row;

/// Which elements one dropout drops: a function of these numbers and the element's place alone, so
/// that backward draws the same mask and a resumed run the same masks, for any number of threads.
///
/// @param seed of the run
/// @param step of the run
/// @param site which dropout of the model
/// @param probability of dropping, in [0, 1); what is kept is divided by `1 - probability`
public record Dropout(long seed, long step, int site, float probability) {
  static final int MIX_1 = 0x7feb352d;
  static final int MIX_2 = 0x846ca68b;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  /// @throws IllegalArgumentException if the probability is not in [0, 1)
  public Dropout {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "dropout probability %s is not in [0, 1)".formatted(probability));
    }
  }

  /// The key of a row's draws. Three rounds of SplitMix64's mixing (Steele et al., OOPSLA 2014).
  long rowKey(int row) {
    long key = mix(seed + GOLDEN);
    key = mix(key + GOLDEN * step);
    return mix(key + GOLDEN * (((long) site << 32) | row));
  }

  /// The draw of one element of a row, 24 bits wide: a 32-bit mixing of the column with either half
  /// of the key (constants by Ellis, "lowbias32"), which vectors do as well as scalars.
  static int draw(long rowKey, int column) {
    int h = column + (int) rowKey;
    h = (h ^ (h >>> 16)) * MIX_1;
    h = (h ^ (h >>> 15)) * MIX_2;
    h = (h ^ (h >>> 16) ^ (int) (rowKey >>> 32)) * MIX_1;
    return (h ^ (h >>> 15)) >>> 8;
  }

  /// Draws below this are dropped.
  int threshold() {
    return Math.round(probability * (1 << 24));
  }

  /// What is kept is multiplied by this.
  float keepScale() {
    return 1 / (1 - probability);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}

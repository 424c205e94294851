package dev.fader.kernel.interleaved;

/// The rows of a left operand as the loops over strips want them.
///
/// A loop does not shift a level out of its word but masks it where it stands, which makes it some
/// power of two too large: the input that it meets is made smaller by the same power. Levels count
/// from zero: the sums of the inputs of a group, times what the levels are too large by, correct
/// that.
final class InterleavedRows {
  private static final float NIBBLE = 0x1p-4f;
  private static final float SIX_BITS = 0x1p-6f;

  /// Levels by their shift: the power that each is too large by in its word, or the half of it.
  private static final float[] NIBBLES = {
    1, NIBBLE, NIBBLE * NIBBLE, NIBBLE * NIBBLE * NIBBLE,
    1, NIBBLE, NIBBLE * NIBBLE, NIBBLE * NIBBLE * NIBBLE,
    1, NIBBLE, NIBBLE * NIBBLE, NIBBLE * NIBBLE * NIBBLE,
    1, NIBBLE, NIBBLE * NIBBLE, NIBBLE * NIBBLE * NIBBLE
  };

  private static final float[] SIXES = {
    1, SIX_BITS, SIX_BITS * SIX_BITS, 1, SIX_BITS,
    1, SIX_BITS, SIX_BITS * SIX_BITS, 1, SIX_BITS,
    1, SIX_BITS, SIX_BITS * SIX_BITS, 1, SIX_BITS,
    1
  };

  private final float[] factors;
  private final int group;
  private float[] scaled = {};
  private float[] sums = {};
  private boolean current;

  private InterleavedRows(float[] factors, int group) {
    this.factors = factors;
    this.group = group;
  }

  static InterleavedRows forNibbles() {
    return new InterleavedRows(NIBBLES, 32);
  }

  static InterleavedRows forSixBits() {
    return new InterleavedRows(SIXES, 16);
  }

  /// Forgets the rows.
  void clear() {
    current = false;
  }

  /// Takes `count` numbers of `x`, whole rows of whole groups, if that was not done before.
  void set(float[] x, int count) {
    if (current) {
      return;
    }
    current = true;
    if (scaled.length < count) {
      scaled = new float[count];
      sums = new float[count / group + 1];
    }
    for (int i = 0; i < count; i += 16) {
      for (int j = 0; j < 16; j++) {
        scaled[i + j] = x[i + j] * factors[j];
      }
    }
    for (int i = 0; i < count; i += group) {
      sums[i / group] = sum(x, i, group);
    }
  }

  private static float sum(float[] x, int at, int count) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    for (int i = at; i < at + count; i += 4) {
      a += x[i];
      b += x[i + 1];
      c += x[i + 2];
      d += x[i + 3];
    }
    return a + b + (c + d);
  }

  /// The rows, each number times the power of two of its place.
  float[] scaled() {
    return scaled;
  }

  /// The sums of the groups of the rows, and one number more.
  float[] sums() {
    return sums;
  }
}

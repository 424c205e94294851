package dev.fader.kernel.interleaved;

/// Rows of eight bits as the loops over strips want them: in the two halves of a word, what the two
/// halves of a word of a strip are multiplied with.
///
/// A half of a word holds several levels. A loop shifts it by the bits of the lower ones but does
/// not mask the upper ones away: with levels a and b of four bits, a x + b y is
///
///     (a + 16 b) x + b (y - 16 x)
///
/// and so on for more levels. In sixteen bits that wrap around this is exact. So a factor is an
/// element of the row less a power of two times the one before it.
final class EightBitPairs {
  /// Pairs of factors of a group of 32 levels of four bits.
  static final int NIBBLE_FACTORS = 16;

  /// Pairs of factors of a group of 16 levels of six bits, two of which lie in two words.
  static final int SIX_BIT_FACTORS = 10;

  private static final int HALF = 0xffff;

  private final InterleavedLayout layout;
  private final int factorsOfGroup;
  private float[] factors = {};
  private float[] starts = {};
  private float[] scales = {};
  private float[] sums = {};
  private boolean current;

  /// @param layout of the strips
  EightBitPairs(InterleavedLayout layout) {
    this.layout = layout;
    this.factorsOfGroup = layout == InterleavedLayout.Q6_K ? SIX_BIT_FACTORS : NIBBLE_FACTORS;
  }

  /// Forgets the rows.
  void clear() {
    current = false;
  }

  /// Takes `count` numbers, whole groups, if that was not done before.
  void set(EightBitRows rows, int count) {
    if (current) {
      return;
    }
    current = true;
    int group = layout.group();
    int groups = count / group;
    if (scales.length < groups) {
      factors = new float[groups * factorsOfGroup];
      starts = new float[groups];
      scales = new float[groups];
      sums = new float[groups];
    }
    for (int i = 0; i < groups; i++) {
      scales[i] = rows.scales()[i * group / EightBitRows.GROUP];
      if (layout == InterleavedLayout.Q6_K) {
        setSixBits(i, rows.numbers());
      } else {
        setNibbles(i, rows.numbers());
      }
    }
  }

  /// A half of a word holds four levels, the low half those of the first four elements of eight.
  private void setNibbles(int index, int[] x) {
    int to = index * factorsOfGroup;
    int low = 0;
    int high = 0;
    for (int k = index * 32; k < index * 32 + 32; k += 8) {
      low += x[k] + x[k + 1] + x[k + 2] + x[k + 3];
      high += x[k + 4] + x[k + 5] + x[k + 6] + x[k + 7];
      factors[to] = halves(x[k], x[k + 4]);
      factors[to + 1] = halves(x[k + 1] - 16 * x[k], x[k + 5] - 16 * x[k + 4]);
      factors[to + 2] = halves(x[k + 2] - 16 * x[k + 1], x[k + 6] - 16 * x[k + 5]);
      factors[to + 3] = halves(x[k + 3] - 16 * x[k + 2], x[k + 7] - 16 * x[k + 6]);
      to += 4;
    }
    setSums(index, low, high);
  }

  /// The low halves of three words hold levels of the first eight elements, as
  /// [InterleavedLayout#Q6_K] says: the four highest bits of the second word are two of element 6
  /// and two of element 7.
  private void setSixBits(int index, int[] x) {
    int to = index * factorsOfGroup;
    int k = index * 16;
    int low = 0;
    int high = 0;
    for (int i = k; i < k + 8; i++) {
      low += x[i];
      high += x[i + 8];
    }
    factors[to] = halves(x[k], x[k + 8]);
    factors[to + 1] = halves(x[k + 1] - 64 * x[k], x[k + 9] - 64 * x[k + 8]);
    factors[to + 2] = halves(x[k + 6] - 64 * x[k + 1], x[k + 14] - 64 * x[k + 9]);
    factors[to + 3] = halves(x[k + 2], x[k + 10]);
    factors[to + 4] = halves(x[k + 3] - 64 * x[k + 2], x[k + 11] - 64 * x[k + 10]);
    factors[to + 5] = halves(16 * x[k + 6] - 64 * x[k + 3], 16 * x[k + 14] - 64 * x[k + 11]);
    factors[to + 6] = halves(16 * x[k + 7] - 64 * x[k + 6], 16 * x[k + 15] - 64 * x[k + 14]);
    factors[to + 7] = halves(x[k + 4], x[k + 12]);
    factors[to + 8] = halves(x[k + 5] - 64 * x[k + 4], x[k + 13] - 64 * x[k + 12]);
    factors[to + 9] = halves(x[k + 7] - 64 * x[k + 5], x[k + 15] - 64 * x[k + 13]);
    setSums(index, low, high);
  }

  private void setSums(int index, int low, int high) {
    int offset = -layout.offset();
    starts[index] = halves(offset * low, offset * high);
    sums[index] = scales[index] * (low + high);
  }

  /// As the bits of a float: of all loads of one number, that of a float into all lanes is the
  /// fastest.
  private static float halves(int low, int high) {
    return Float.intBitsToFloat((low & HALF) | high << 16);
  }

  /// The pairs of factors.
  float[] factors() {
    return factors;
  }

  /// How many of `elements` there are, whole groups.
  int factors(int elements) {
    return elements / layout.group() * factorsOfGroup;
  }

  /// For each group what takes the offset of its levels away from the two halves of its sums.
  float[] starts() {
    return starts;
  }

  /// For each group the scale of its numbers.
  float[] scales() {
    return scales;
  }

  /// The sums of the groups, times their scales.
  float[] sums() {
    return sums;
  }
}

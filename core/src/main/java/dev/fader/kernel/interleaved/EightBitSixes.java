package dev.fader.kernel.interleaved;

/// Rows of eight bits as the loops over strips of six bits want them: what the two halves of the
/// words of a group are multiplied with.
///
/// The halves of three words hold eight levels: two of six bits each, a and b, and above them four
/// bits c of two levels more, d and e: the four low bits of d in the first half, those of e in the
/// third, and the two high bits p of d and q of e in the second. As in [EightBitPairs] nothing is
/// masked: with h the half, and x, y, u, v what a, b, d and e are to be multiplied with,
///
///     h x + (h >> 6) (y - 64 x) + (h >> 12) (z - 64 y)
///
/// is a x + b y + c z. In the first half z is u, in the third v; in the second, where c is p + 4 q,
/// it is 16 u, and (h >> 14) (16 v - 64 u) puts q right.
final class EightBitSixes {
  /// Levels of a group.
  static final int GROUP = 16;

  /// Factors of a group: four for each word, the last of which is zero but for the second word.
  static final int FACTORS = 12;

  private static final int HALF = 0xffff;

  private float[] factors = {};
  private float[] starts = {};
  private float[] scales = {};

  /// Makes room for `count` numbers, whole groups.
  void reserve(int count) {
    int groups = count / GROUP;
    if (starts.length < groups) {
      factors = new float[groups * FACTORS];
      starts = new float[groups];
      scales = new float[groups];
    }
  }

  /// Takes row `row` of `depth` numbers, as [EightBitPairs#take].
  void take(EightBitRows rows, int row, int depth, boolean together) {
    int step = together ? EightBitRows.TOGETHER : 1;
    int groups = depth / GROUP;
    int to = (row - row % step) * groups * FACTORS + row % step;
    for (int i = 0; i < groups; i++) {
      int group = row * groups + i;
      scales[group] = rows.scales()[group * GROUP / EightBitRows.GROUP];
      set(group, rows.numbers(), to + i * FACTORS * step, step);
    }
  }

  private void set(int group, int[] x, int to, int step) {
    int k = group * GROUP;
    int low = 0;
    int high = 0;
    for (int i = k; i < k + 8; i++) {
      low += x[i];
      high += x[i + 8];
    }
    int offset = InterleavedLayout.Q6_K.offset();
    starts[group] = halves(-offset * low, -offset * high);
    factors[to] = halves(x[k], x[k + 8]);
    factors[to + step] = difference(x, k + 1, 1, k);
    factors[to + 2 * step] = difference(x, k + 6, 1, k + 1);
    factors[to + 3 * step] = 0;
    factors[to + 4 * step] = halves(x[k + 2], x[k + 10]);
    factors[to + 5 * step] = difference(x, k + 3, 1, k + 2);
    factors[to + 6 * step] = difference(x, k + 6, 16, k + 3);
    factors[to + 7 * step] = difference(x, k + 7, 16, k + 6);
    factors[to + 8 * step] = halves(x[k + 4], x[k + 12]);
    factors[to + 9 * step] = difference(x, k + 5, 1, k + 4);
    factors[to + 10 * step] = difference(x, k + 7, 1, k + 5);
    factors[to + 11 * step] = 0;
  }

  /// `times` the number at `i` less 64 times that at `j`, and so for those eight further.
  private static float difference(int[] x, int i, int times, int j) {
    return halves(times * x[i] - 64 * x[j], times * x[i + 8] - 64 * x[j + 8]);
  }

  private static float halves(int low, int high) {
    return Float.intBitsToFloat((low & HALF) | high << 16);
  }

  float[] factors() {
    return factors;
  }

  /// For each group what takes the offset of its levels away from the two halves of its sums.
  float[] starts() {
    return starts;
  }

  /// For each group the scale of its numbers.
  float[] scales() {
    return scales;
  }
}

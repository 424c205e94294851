package dev.fader.kernel.interleaved;

/// Rows of eight bits as the loop over strips of four bits wants them: in the two halves of a word,
/// what the two halves of a word of a strip are multiplied with.
///
/// A half of a word holds four levels. The loop shifts it by the bits of the lower ones but does not
/// mask the upper ones away: with two levels a and b, a x + b y is
///
///     (a + 16 b) x + b (y - 16 x)
///
/// and so on for four. In sixteen bits that wrap around this is exact. So a factor is an element of
/// the row less 16 times the one before it.
final class EightBitPairs {
  private static final int GROUP = EightBitRows.GROUP;
  private static final int HALF = 0xffff;

  private final int offset;
  private float[] factors = {};
  private float[] starts = {};
  private float[] scales = {};
  private float[] sums = {};

  /// @param offset that is taken from the levels
  EightBitPairs(int offset) {
    this.offset = offset;
  }

  /// Makes room for `count` numbers, whole groups, of `rows`.
  void reserve(EightBitRows rows, int count) {
    int groups = count / GROUP;
    if (starts.length < groups) {
      factors = new float[count / 2];
      starts = new float[groups];
      sums = new float[groups];
    }
    scales = rows.scales();
  }

  /// Takes row `row` of `depth` numbers.
  ///
  /// @param together whether its factors lie beside those of others
  void take(EightBitRows rows, int row, int depth, boolean together) {
    int step = together ? EightBitRows.TOGETHER : 1;
    int to = (row - row % step) * depth / 2 + row % step;
    int first = row * depth / GROUP;
    for (int i = 0; i < depth / GROUP; i++) {
      set(first + i, rows.numbers(), to + i * GROUP / 2 * step, step);
    }
  }

  /// The low half of a word holds the levels of the first four elements of eight.
  private void set(int group, int[] x, int at, int step) {
    int to = at;
    int low = 0;
    int high = 0;
    for (int k = group * GROUP; k < (group + 1) * GROUP; k += 8) {
      low += x[k] + x[k + 1] + x[k + 2] + x[k + 3];
      high += x[k + 4] + x[k + 5] + x[k + 6] + x[k + 7];
      factors[to] = halves(x[k], x[k + 4]);
      factors[to + step] = halves(x[k + 1] - 16 * x[k], x[k + 5] - 16 * x[k + 4]);
      factors[to + 2 * step] = halves(x[k + 2] - 16 * x[k + 1], x[k + 6] - 16 * x[k + 5]);
      factors[to + 3 * step] = halves(x[k + 3] - 16 * x[k + 2], x[k + 7] - 16 * x[k + 6]);
      to += 4 * step;
    }
    starts[group] = halves(-offset * low, -offset * high);
    sums[group] = scales[group] * (low + high);
  }

  /// As the bits of a float: of all loads of one number, that of a float into all lanes is the
  /// fastest.
  private static float halves(int low, int high) {
    return Float.intBitsToFloat((low & HALF) | high << 16);
  }

  /// The pairs of factors, half as many as numbers: row after row, or each for
  /// [EightBitRows#TOGETHER] rows and then the next.
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

  /// The sums of the groups, times their scales.
  float[] sums() {
    return sums;
  }
}

package dev.fader.inspect.tensor;

import java.util.List;

/// How often which magnitudes occur, of both signs apart. Bins are half octaves: their edges are
/// the powers of two and one and a half times these.
///
/// Of a tensor of more than a million numbers not all are counted, but runs of up to 4,096 that are
/// spread over it as if drawn at random, about a million numbers.
///
/// @param top the lower edge of bin 0, the largest magnitudes
/// @param negative from large magnitudes to small; the last bin has all that are smaller, too
/// @param positive the same of positive numbers
/// @param zeros that were counted
/// @param counted all finite numbers that were counted
public record MagnitudeHistogram(
    double top, List<Long> negative, List<Long> positive, long zeros, long counted) {
  /// Bins of each sign: sixteen octaves.
  public static final int BINS = 32;

  /// Bins while counting: sign, exponent, and the first bit of the fraction of float32.
  private static final int FINE = 1 << 10;

  /// The first bits of a number that are told apart while counting. More than a bin needs: with few
  /// counters the same one is counted on before it is stored, which takes longer.
  private static final int COUNTED_BITS = 12;

  private static final int COUNTER = Float.SIZE - COUNTED_BITS;

  private static final int OF_SIGN = FINE / 2;
  private static final int NOT_FINITE = 255 << 1;

  public MagnitudeHistogram {
    negative = List.copyOf(negative);
    positive = List.copyOf(positive);
  }

  /// What numbers are counted in.
  static long[] counters() {
    return new long[1 << COUNTED_BITS];
  }

  /// Counts the first numbers of a run.
  static void count(float[] x, int count, long[] counters) {
    for (int i = 0; i < count; i++) {
      counters[Float.floatToRawIntBits(x[i]) >>> COUNTER]++;
    }
  }

  /// What was counted.
  ///
  /// @param zeros how many of the numbers that were counted are zero
  static MagnitudeHistogram of(long[] counters, long zeros) {
    var bins = new long[FINE];
    for (int i = 0; i < counters.length; i++) {
      bins[i / (counters.length / FINE)] += counters[i];
    }
    // Zeros of both signs share a bin with numbers below 2^-127; what is zero leaves it.
    long left = zeros;
    for (int sign = 0; sign < 2; sign++) {
      long here = Math.min(left, bins[sign * OF_SIGN]);
      bins[sign * OF_SIGN] -= here;
      left -= here;
    }
    int top = 0;
    long counted = zeros;
    for (int bin = 0; bin < NOT_FINITE; bin++) {
      long both = bins[bin] + bins[OF_SIGN + bin];
      counted += both;
      top = both > 0 ? bin : top;
    }
    return new MagnitudeHistogram(
        edge(top), bins(bins, OF_SIGN, top), bins(bins, 0, top), zeros, counted);
  }

  private static List<Long> bins(long[] fine, int start, int top) {
    var bins = new Long[BINS];
    for (int i = 0; i < BINS; i++) {
      bins[i] = top - i >= 0 ? fine[start + top - i] : 0L;
    }
    for (int bin = 0; bin <= top - BINS; bin++) {
      bins[BINS - 1] += fine[start + bin];
    }
    return List.of(bins);
  }

  private static double edge(int bin) {
    return Float.intBitsToFloat(bin << 22);
  }

  /// The lower edge of a bin; of the last, 0.
  public double edge(int bin, boolean lower) {
    int halves = Float.floatToRawIntBits((float) top) >>> 22;
    int at = halves - bin + (lower ? 0 : 1);
    return (lower && bin == BINS - 1) || at <= 0 ? 0 : edge(at);
  }
}

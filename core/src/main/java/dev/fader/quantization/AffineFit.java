package dev.fader.quantization;

/// The scale and minimum with which levels 0 to `most` come closest to the numbers of each
/// sub-block: `x = scale q - minimum`, where the minimum is not negative.
///
/// Which numbers share a level depends on the scale, and the best scale on which do. So the range
/// of the numbers is stretched and shrunk around its true width; for each width the numbers are
/// rounded to levels and scale and minimum follow by linear least squares; the best of all is kept.
/// Larger numbers count more, because products with activations feel them more.
final class AffineFit {
  /// How far the range is stretched or shrunk, in levels.
  private static final int WIDTHS = 10;

  private static final float STEP = 0.1f;

  /// By so much of the sum of squares another width must be better: of those that are exact, such
  /// as all are for equal numbers, the true one is kept.
  static final double ROUNDING = 1e-9;

  private final float[] numbers;
  private final int start;
  private final int most;
  private final float[] weights;
  private final double[] weighted;
  private final float[] scales;
  private final float[] minima;
  private double sumOfWeights;
  private double sum;
  private double sumOfSquares;
  private double leastError;

  /// The fits of `subBlocks` sub-blocks of a super-block of 256 numbers.
  AffineFit(float[] from, int start, int subBlocks, int most) {
    this.numbers = from;
    this.start = start;
    this.most = most;
    int size = 256 / subBlocks;
    weights = new float[size];
    weighted = new double[size];
    scales = new float[subBlocks];
    minima = new float[subBlocks];
    for (int block = 0; block < subBlocks; block++) {
      fit(block, from, start + block * size);
    }
  }

  float scale(int subBlock) {
    return scales[subBlock];
  }

  float minimum(int subBlock) {
    return minima[subBlock];
  }

  /// The level, up to `top`, of the scale of a sub-block, counted in `unit`: the nearest or one
  /// beside it, whichever leaves the least error with the minimum as it is stored.
  int scaleLevel(int subBlock, float unit, float storedMinimum, int top) {
    int nearest = level(scales[subBlock], unit, 0, top);
    int best = nearest;
    double least = error(subBlock, unit * nearest, storedMinimum);
    for (int other = Math.max(0, nearest - 1); other <= Math.min(top, nearest + 1); other++) {
      double error = error(subBlock, unit * other, storedMinimum);
      if (error < least) {
        least = error;
        best = other;
      }
    }
    return best;
  }

  private double error(int subBlock, float scale, float minimum) {
    int first = start + subBlock * weights.length;
    double sum = 0;
    for (int i = first; i < first + weights.length; i++) {
      double error = scale * level(numbers[i], scale, minimum, most) - minimum - numbers[i];
      sum += error * error;
    }
    return sum;
  }

  float largestScale() {
    return Extremes.maximum(scales, 0, scales.length);
  }

  float largestMinimum() {
    return Extremes.maximum(minima, 0, minima.length);
  }

  /// The level of `x` that is nearest.
  static int level(float x, float scale, float minimum, int most) {
    return scale == 0 ? 0 : Math.clamp((int) Math.rint((x + minimum) / scale), 0, most);
  }

  private void fit(int block, float[] from, int start) {
    int size = weights.length;
    float low = Math.min(0, Extremes.minimum(from, start, size));
    float range = Extremes.maximum(from, start, size) - low;
    minima[block] = -low;
    scales[block] = 0;
    if (range == 0 || Packed.inverse(range) == 0) {
      return;
    }
    weigh(from, start, weights);
    sumUp(from, start);
    leastError = Double.POSITIVE_INFINITY;
    tryWidth(most / range, -low, block, from, start);
    for (int i = -WIDTHS; i <= WIDTHS; i++) {
      tryWidth((most + i * STEP) / range, -low, block, from, start);
    }
    for (int i = 0; i < 2 && scales[block] > 0; i++) {
      tryWidth(Packed.inverse(scales[block]), minima[block], block, from, start);
    }
  }

  /// Sets the weights of as many numbers: the typical magnitude and their own.
  static void weigh(float[] from, int start, float[] weights) {
    double squares = 0;
    for (int i = 0; i < weights.length; i++) {
      squares += (double) from[start + i] * from[start + i];
    }
    float typical = (float) Math.sqrt(squares / weights.length);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = typical + Math.abs(from[start + i]);
    }
  }

  /// Sets what is the same for all widths.
  private void sumUp(float[] from, int start) {
    sumOfWeights = 0;
    sum = 0;
    sumOfSquares = 0;
    for (int i = 0; i < weights.length; i++) {
      double number = from[start + i];
      weighted[i] = weights[i] * number;
      sumOfWeights += weights[i];
      sum += weighted[i];
      sumOfSquares += weighted[i] * number;
    }
  }

  private void tryWidth(float inverse, float minimum, int block, float[] from, int start) {
    double w = sumOfWeights;
    double x = sum;
    double xx = sumOfSquares;
    double q = 0;
    double qq = 0;
    double xq = 0;
    for (int i = 0; i < weights.length; i++) {
      double level = Math.rint((from[start + i] + minimum) * inverse);
      // Few are beyond the ends: these jumps are foreseen, and cheaper than Math.clamp.
      if (level > most) {
        level = most;
      } else if (level < 0) {
        level = 0;
      }
      double weightedLevel = weights[i] * level;
      q += weightedLevel;
      qq += weightedLevel * level;
      xq += weighted[i] * level;
    }
    double determinant = w * qq - q * q;
    // Numbers that all share a level, but for rounding, say nothing about the minimum.
    boolean severalLevels = determinant > 1e-9 * w * qq;
    double offset = severalLevels ? Math.min(0, (qq * x - q * xq) / determinant) : 0;
    double slope = offset < 0 ? (w * xq - x * q) / determinant : xq / qq;
    double error =
        xx
            - 2 * (slope * xq + offset * x)
            + slope * slope * qq
            + 2 * slope * offset * q
            + offset * offset * w;
    if (error < leastError - ROUNDING * xx && slope > 0) {
      leastError = error;
      scales[block] = (float) slope;
      minima[block] = (float) -offset;
    }
  }
}

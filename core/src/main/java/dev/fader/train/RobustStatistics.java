package dev.fader.train;

import java.util.Arrays;

/// Robust statistics: a few outliers do not move them.
final class RobustStatistics {
  /// Standard deviations per median absolute deviation of a normal distribution.
  private static final double DEVIATIONS_PER_MEDIAN = 1.4826;

  private RobustStatistics() {}

  static double median(double[] values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// The standard deviation of normal noise with the median absolute deviation of `values`.
  static double deviation(double[] values) {
    double median = median(values);
    var distances = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      distances[i] = Math.abs(values[i] - median);
    }
    return DEVIATIONS_PER_MEDIAN * median(distances);
  }

  /// The standard deviation of noise on a smooth curve, from its second differences, which a slope
  /// does not move; 0 where there are fewer than three values.
  static double noise(double[] curve) {
    if (curve.length < 3) {
      return 0;
    }
    var bends = new double[curve.length - 2];
    for (int i = 0; i < bends.length; i++) {
      bends[i] = Math.abs(curve[i] - 2 * curve[i + 1] + curve[i + 2]);
    }
    // The second difference of white noise has six times its variance.
    return DEVIATIONS_PER_MEDIAN * median(bends) / Math.sqrt(6);
  }

  /// The median of the slopes of all pairs of points (Theil 1950, Sen 1968).
  static double slope(double[] x, double[] y) {
    int points = x.length;
    var slopes = new double[points * (points - 1) / 2];
    int pair = 0;
    for (int i = 0; i < points; i++) {
      for (int j = i + 1; j < points; j++) {
        slopes[pair++] = (y[j] - y[i]) / (x[j] - x[i]);
      }
    }
    return median(slopes);
  }
}

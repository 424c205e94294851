package dev.fader.inspect.tensor;

import java.util.Optional;

/// What the numbers of a tensor are like, after decoding to float32. Infinities and what is not a
/// number are counted, and left out of everything else.
///
/// Counts and extremes are exact; sums are taken in double, a run of at most 4,096 numbers at a
/// time, and merged so that nothing cancels. Outliers are exact, too: runs whose extremes lie
/// beyond six deviations are read a second time once the deviation is known.
///
/// @param entry the tensor
/// @param finite how many numbers are finite
/// @param notNumbers how many are NaN
/// @param infinities how many are infinite, of both signs
/// @param zeros how many are 0 or -0
/// @param least the smallest number; NaN if none is finite
/// @param greatest the largest number; NaN if none is finite
/// @param mean of all finite numbers
/// @param deviation the standard deviation, of these numbers as a whole
/// @param norm the root of the sum of squares (Frobenius)
/// @param kurtosis the fourth central moment over the squared variance: 3 for normal numbers; NaN
///   if all are the same
/// @param outliers how many numbers are more than six deviations from the mean
/// @param constantRows rows of more than one number that are all the same, and not zero
/// @param histogram of magnitudes
/// @param rows of what has at least two rows
/// @param columns of what has at least two rows, and no more than two million columns
public record TensorStatistics(
    TensorEntry entry,
    long finite,
    long notNumbers,
    long infinities,
    long zeros,
    double least,
    double greatest,
    double mean,
    double deviation,
    double norm,
    double kurtosis,
    long outliers,
    long constantRows,
    MagnitudeHistogram histogram,
    Optional<LineNorms> rows,
    Optional<LineNorms> columns) {
  /// How many deviations from the mean outliers begin.
  public static final int OUTLIER = 6;

  /// The largest magnitude; NaN if nothing is finite.
  public double largest() {
    return Math.max(Math.abs(least), Math.abs(greatest));
  }

  /// The share of zeros among all numbers.
  public double zeroShare() {
    return entry.elements() == 0 ? 0 : (double) zeros / entry.elements();
  }

  /// How many deviations the number that is farthest from the mean is away from it; 0 if all are
  /// the same.
  public double farthest() {
    return deviation > 0 ? Math.max(greatest - mean, mean - least) / deviation : 0;
  }
}

package dev.fader.inspect.tensor;

import dev.fader.kernel.statistics.Moments;

/// How the norms of all rows, or of all columns, of a matrix are spread.
///
/// @param count how many lines there are
/// @param least the smallest norm
/// @param leastAt the first line that has it
/// @param greatest the largest norm
/// @param greatestAt the first line that has it
/// @param mean of the norms
/// @param deviation of the norms
/// @param dead lines in which every number is zero
public record LineNorms(
    long count,
    double least,
    long leastAt,
    double greatest,
    long greatestAt,
    double mean,
    double deviation,
    long dead) {

  /// Adds up norms, in the order of their lines.
  static final class Sum {
    private final Moments norms = new Moments();
    private double least;
    private long leastAt;
    private double greatest;
    private long greatestAt;
    private long dead;

    void clear() {
      norms.clear();
      least = Double.POSITIVE_INFINITY;
      greatest = Double.NEGATIVE_INFINITY;
      dead = 0;
    }

    /// @param isDead whether the line has no other number than zero
    void add(long line, double squares, boolean isDead) {
      double norm = Math.sqrt(squares);
      norms.add(norm);
      if (norm < least) {
        least = norm;
        leastAt = line;
      }
      if (norm > greatest) {
        greatest = norm;
        greatestAt = line;
      }
      dead += isDead ? 1 : 0;
    }

    void add(Sum later) {
      norms.add(later.norms);
      if (later.least < least) {
        least = later.least;
        leastAt = later.leastAt;
      }
      if (later.greatest > greatest) {
        greatest = later.greatest;
        greatestAt = later.greatestAt;
      }
      dead += later.dead;
    }

    LineNorms result() {
      return new LineNorms(
          norms.count(),
          least,
          leastAt,
          greatest,
          greatestAt,
          norms.mean(),
          norms.deviation(),
          dead);
    }
  }
}

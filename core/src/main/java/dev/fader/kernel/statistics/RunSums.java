package dev.fader.kernel.statistics;

/// What one run of numbers is like. Used again for the next run.
public final class RunSums {
  private final Moments moments = new Moments();
  float least;
  float greatest;
  long zeros;
  long notNumbers;
  long infinities;
  double squares;

  /// The finite numbers among them.
  public Moments moments() {
    return moments;
  }

  /// The least finite number; infinity if there is none.
  public float least() {
    return least;
  }

  /// The greatest finite number; minus infinity if there is none.
  public float greatest() {
    return greatest;
  }

  /// Numbers that are 0 or -0.
  public long zeros() {
    return zeros;
  }

  public long notNumbers() {
    return notNumbers;
  }

  public long infinities() {
    return infinities;
  }

  /// The sum of the squares of the finite numbers.
  public double squares() {
    return squares;
  }

  /// Whether every number is finite.
  boolean isFinite() {
    return notNumbers == 0 && infinities == 0;
  }

  /// Sets the moments to those of `count` numbers that are all finite.
  void setPowers(long count, double pivot, double s1, double s2, double s3, double s4) {
    moments.clear();
    if (least == greatest) {
      moments.addSame(count, least);
      squares = count * ((double) least * least);
    } else {
      moments.addPowers(count, pivot, s1, s2, s3, s4);
      squares = s2 + 2 * pivot * s1 + count * pivot * pivot;
    }
  }
}

package dev.fader.kernel.statistics;

/// What one run of numbers is like. Used again for the next run.
public final class RunSums {
  private final Moments moments = new Moments();
  final double[] squares = new double[RunStatistics.ROWS];
  int rows;
  int columns;
  float least;
  float greatest;
  long zeros;
  long notNumbers;
  long infinities;

  /// Says what the next run is: so many rows of so many columns.
  ///
  /// @param rows 1 or [RunStatistics#ROWS]
  public void next(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /// How many numbers there are, finite or not.
  public int count() {
    return rows * columns;
  }

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

  /// The sum of the squares of the finite numbers of a row.
  public double squares(int row) {
    return squares[row];
  }

  /// Whether every number is finite.
  boolean isFinite() {
    return notNumbers == 0 && infinities == 0;
  }

  /// Sets the moments to those of `count` numbers that are all finite.
  void setPowers(long count, double pivot, double s1, double s2, double s3, double s4) {
    moments.clear();
    moments.addPowers(count, pivot, s1, s2, s3, s4);
  }

  /// Sets the moments to those of numbers that are all the same.
  void setSame() {
    moments.clear();
    moments.addSame(count(), least);
  }
}

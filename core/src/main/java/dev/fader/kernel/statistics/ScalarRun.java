package dev.fader.kernel.statistics;

/// The reference.
record ScalarRun() implements RunStatistics.Loops {
  @Override
  public void range(float[] x, RunSums sums) {
    sums.least = Float.POSITIVE_INFINITY;
    sums.greatest = Float.NEGATIVE_INFINITY;
    sums.zeros = 0;
    sums.notNumbers = 0;
    sums.infinities = 0;
    for (int i = 0; i < sums.count(); i++) {
      float value = x[i];
      if (Float.isNaN(value)) {
        sums.notNumbers++;
      } else if (Float.isInfinite(value)) {
        sums.infinities++;
      } else {
        // -0 counts as 0.
        sums.least = Math.min(sums.least, value + 0f);
        sums.greatest = Math.max(sums.greatest, value + 0f);
        sums.zeros += value == 0 ? 1 : 0;
      }
    }
  }

  @Override
  public void powers(float[] x, RunSums sums, double[] columns, int column) {
    finitePowers(x, sums, columns, column);
  }

  /// Leaves out what is not finite.
  static void finitePowers(float[] x, RunSums sums, double[] columns, int column) {
    double sum = 0;
    long finite = 0;
    for (int row = 0; row < sums.rows; row++) {
      double squares = 0;
      for (int i = 0; i < sums.columns; i++) {
        float value = x[row * sums.columns + i];
        if (Float.isFinite(value)) {
          sum += value;
          finite++;
          double square = (double) value * value;
          squares += square;
          columns[column + i] += square;
        }
      }
      sums.squares[row] = squares;
    }
    if (finite == 0) {
      sums.moments().clear();
    } else if (sums.isFinite() && sums.least == sums.greatest) {
      sums.setSame();
    } else {
      about(sum / finite, finite, x, sums);
    }
  }

  private static void about(double pivot, long finite, float[] x, RunSums sums) {
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    for (int i = 0; i < sums.count(); i++) {
      if (Float.isFinite(x[i])) {
        double d = x[i] - pivot;
        double dd = d * d;
        s1 += d;
        s2 += dd;
        s3 += dd * d;
        s4 += dd * dd;
      }
    }
    sums.setPowers(finite, pivot, s1, s2, s3, s4);
  }
}

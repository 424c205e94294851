package dev.fader.kernel.factor;

/// The thin QR factorisation `a = q r` by Householder's reflections (Golub and Van Loan, Matrix
/// Computations, 5.2).
///
/// Signs are LAPACK's, so those of NumPy and PyTorch: each diagonal element of r has the sign
/// opposite to the element that the reflection met. Columns of q are orthonormal whatever the rank
/// of a.
///
/// @param q (rows, smaller of rows and columns), its columns orthonormal
/// @param r (smaller, columns), zero below the diagonal
public record ThinQr(ColumnMatrix q, ColumnMatrix r) {
  /// The factors of a matrix of any size.
  ///
  /// @throws IllegalArgumentException if a number is not finite
  public static ThinQr of(ColumnMatrix a) {
    a.requireFinite();
    var work = a.copy();
    int count = Math.min(a.rows(), a.columns());
    var factors = new double[count];
    for (int j = 0; j < count; j++) {
      factors[j] = reflect(work, j);
    }
    return new ThinQr(q(work, factors), r(work, count));
  }

  /// The first columns of q and rows of r of a big matrix, which is read row by row, twice.
  ///
  /// @param count at most as many as rows and columns
  /// @throws IllegalArgumentException if there are fewer, or a number is not finite
  public static ThinQr first(MatrixRows a, int count) {
    if (count < 1 || count > Math.min(a.rows(), a.columns())) {
      throw new IllegalArgumentException(
          "the first %d columns of a %d x %d matrix".formatted(count, a.rows(), a.columns()));
    }
    var row = new float[a.columns()];
    var columns = ColumnMatrix.zeros(a.rows(), count);
    for (int i = 0; i < a.rows(); i++) {
      a.read(i, row);
      for (int j = 0; j < count; j++) {
        columns.set(i, j, row[j]);
      }
    }
    var q = of(columns).q;
    var r = ColumnMatrix.zeros(a.columns(), count); // transposed
    var line = new double[a.columns()];
    for (int i = 0; i < a.rows(); i++) {
      a.read(i, row);
      for (int j = 0; j < line.length; j++) {
        ColumnMatrix.requireFinite(row[j], i, j);
        line[j] = row[j];
      }
      for (int k = 0; k < count; k++) {
        ColumnMatrix.add(q.get(i, k), line, 0, r.column(k));
      }
    }
    return new ThinQr(q, r.transposed());
  }

  /// Makes column `j` zero below the diagonal by `I - factor v v'`, and applies that to the columns
  /// after it. Below the diagonal v stays, whose first element is 1.
  private static double reflect(ColumnMatrix work, int j) {
    var column = work.column(j);
    double head = column[j];
    double below = ColumnMatrix.dot(column, column, j + 1);
    if (below == 0) {
      return 0;
    }
    double diagonal = -Math.copySign(Math.sqrt(head * head + below), head);
    double factor = (diagonal - head) / diagonal;
    double scale = 1 / (head - diagonal);
    for (int i = j + 1; i < column.length; i++) {
      column[i] *= scale;
    }
    column[j] = diagonal;
    for (int k = j + 1; k < work.columns(); k++) {
      apply(factor, column, j, work.column(k));
    }
    return factor;
  }

  private static void apply(double factor, double[] v, int j, double[] column) {
    double sum = factor * (column[j] + ColumnMatrix.dot(v, column, j + 1));
    column[j] -= sum;
    ColumnMatrix.add(-sum, v, j + 1, column);
  }

  private static ColumnMatrix q(ColumnMatrix work, double[] factors) {
    var q = ColumnMatrix.zeros(work.rows(), factors.length);
    for (int k = 0; k < factors.length; k++) {
      q.set(k, k, 1);
    }
    for (int j = factors.length - 1; j >= 0; j--) {
      if (factors[j] != 0) {
        for (int k = j; k < factors.length; k++) {
          apply(factors[j], work.column(j), j, q.column(k));
        }
      }
    }
    return q;
  }

  private static ColumnMatrix r(ColumnMatrix work, int count) {
    var r = ColumnMatrix.zeros(count, work.columns());
    for (int k = 0; k < work.columns(); k++) {
      System.arraycopy(work.column(k), 0, r.column(k), 0, Math.min(k + 1, count));
    }
    return r;
  }
}

package dev.fader.kernel.factor;

import java.util.Arrays;

/// A singular value decomposition `a = left diag(values) right'`, the largest value first.
///
/// Exact ones are made by Jacobi's rotations of columns (Hestenes 1958; Demmel and Veselić 1992):
/// unlike bidiagonalisation they find small values as exactly as large ones, and they are a page.
/// They take some ten sweeps over all pairs, which is nothing for the sizes that are left when a QR
/// factorisation went before.
public final class SingularValues {
  private static final int MOST_SWEEPS = 60;
  private static final double EPSILON = 0x1p-52;

  private final ColumnMatrix left;
  private final double[] values;
  private final ColumnMatrix right;

  private SingularValues(ColumnMatrix left, double[] values, ColumnMatrix right) {
    this.left = left;
    this.values = values;
    this.right = right;
  }

  /// All values of a matrix, as many as the smaller of its rows and columns.
  ///
  /// @throws IllegalArgumentException if a number is not finite
  public static SingularValues of(ColumnMatrix a) {
    if (a.rows() < a.columns()) {
      return of(a.transposed()).transposed();
    }
    var qr = ThinQr.of(a);
    // r' = u s v' gives a = q v s u'.
    var small = ofColumns(qr.r().transposed());
    return new SingularValues(qr.q().times(small.right), small.values, small.left);
  }

  /// Those of `up down`, which is not formed: as many as the smallest of its three sizes.
  ///
  /// @param up (rows, rank)
  /// @param down (rank, columns)
  /// @throws IllegalArgumentException if the ranks differ or a number is not finite
  public static SingularValues ofProduct(ColumnMatrix up, ColumnMatrix down) {
    var rows = ThinQr.of(up);
    var columns = ThinQr.of(down.transposed());
    var small = of(rows.r().times(columns.r().transposed()));
    return new SingularValues(
        rows.q().times(small.left), small.values, columns.q().times(small.right));
  }

  /// Of a square matrix.
  private static SingularValues ofColumns(ColumnMatrix work) {
    int size = work.columns();
    var rotations = ColumnMatrix.zeros(size, size);
    for (int j = 0; j < size; j++) {
      rotations.set(j, j, 1);
    }
    double least = 0;
    for (int j = 0; j < size; j++) {
      least += ColumnMatrix.dot(work.column(j), work.column(j), 0);
    }
    // A column this short holds nothing but rounding: it counts as zero.
    least = Math.sqrt(least) * EPSILON * size;
    for (int sweep = 0; sweep < MOST_SWEEPS && rotateAll(work, rotations, least); sweep++) {}
    return sorted(work, rotations, least);
  }

  private static boolean rotateAll(ColumnMatrix work, ColumnMatrix rotations, double least) {
    boolean rotated = false;
    for (int p = 0; p < work.columns() - 1; p++) {
      for (int q = p + 1; q < work.columns(); q++) {
        var first = work.column(p);
        var second = work.column(q);
        double ofFirst = ColumnMatrix.dot(first, first, 0);
        double ofSecond = ColumnMatrix.dot(second, second, 0);
        double common = ColumnMatrix.dot(first, second, 0);
        if (Math.min(ofFirst, ofSecond) > least * least
            && Math.abs(common) > EPSILON * first.length * Math.sqrt(ofFirst * ofSecond)) {
          double zeta = (ofSecond - ofFirst) / (2 * common);
          double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
          double cosine = 1 / Math.sqrt(1 + tangent * tangent);
          rotate(first, second, cosine, cosine * tangent);
          rotate(rotations.column(p), rotations.column(q), cosine, cosine * tangent);
          rotated = true;
        }
      }
    }
    return rotated;
  }

  private static void rotate(double[] a, double[] b, double cosine, double sine) {
    for (int i = 0; i < a.length; i++) {
      double x = a[i];
      double y = b[i];
      a[i] = cosine * x - sine * y;
      b[i] = sine * x + cosine * y;
    }
  }

  private static SingularValues sorted(ColumnMatrix work, ColumnMatrix rotations, double least) {
    int size = work.columns();
    var lengths = new double[size];
    for (int j = 0; j < size; j++) {
      double length = Math.sqrt(ColumnMatrix.dot(work.column(j), work.column(j), 0));
      lengths[j] = length > least ? length : 0;
    }
    var order = new Integer[size];
    Arrays.setAll(order, j -> j);
    Arrays.sort(order, (a, b) -> Double.compare(lengths[b], lengths[a]));
    var left = ColumnMatrix.zeros(work.rows(), size);
    var values = new double[size];
    var right = ColumnMatrix.zeros(size, size);
    for (int j = 0; j < size; j++) {
      values[j] = lengths[order[j]];
      System.arraycopy(rotations.column(order[j]), 0, right.column(j), 0, size);
      if (values[j] > 0) {
        ColumnMatrix.add(1 / values[j], work.column(order[j]), 0, left.column(j));
      } else {
        complete(left, j);
      }
    }
    return new SingularValues(left, values, right);
  }

  /// Sets column `j` to a direction orthogonal to the columns before it.
  private static void complete(ColumnMatrix basis, int j) {
    int best = 0;
    double covered = Double.POSITIVE_INFINITY;
    for (int i = 0; i < basis.rows(); i++) {
      double sum = 0;
      for (int k = 0; k < j; k++) {
        sum += basis.get(i, k) * basis.get(i, k);
      }
      if (sum < covered) {
        covered = sum;
        best = i;
      }
    }
    var column = basis.column(j);
    column[best] = 1;
    for (int turn = 0; turn < 2; turn++) { // twice is enough (Giraud et al. 2005)
      for (int k = 0; k < j; k++) {
        ColumnMatrix.add(-ColumnMatrix.dot(column, basis.column(k), 0), basis.column(k), 0, column);
      }
    }
    double length = Math.sqrt(ColumnMatrix.dot(column, column, 0));
    for (int i = 0; i < column.length; i++) {
      column[i] /= length;
    }
  }

  /// How many values there are.
  public int count() {
    return values.length;
  }

  /// A value, the largest at 0.
  public double value(int index) {
    return values[index];
  }

  /// (rows, count), its columns orthonormal.
  public ColumnMatrix left() {
    return left;
  }

  /// (columns, count), its columns orthonormal.
  public ColumnMatrix right() {
    return right;
  }

  /// Those of the transposed matrix.
  public SingularValues transposed() {
    return new SingularValues(right, values, left);
  }

  /// The largest values; all where there are no more.
  public SingularValues first(int count) {
    int kept = Math.min(count, values.length);
    return new SingularValues(left.first(kept), Arrays.copyOf(values, kept), right.first(kept));
  }

  /// `left diag(values^power)`, (rows, count).
  public ColumnMatrix weighedLeft(double power) {
    return weighed(left, power);
  }

  /// `right diag(values^power)`, (columns, count).
  public ColumnMatrix weighedRight(double power) {
    return weighed(right, power);
  }

  private ColumnMatrix weighed(ColumnMatrix vectors, double power) {
    var weighed = vectors.copy();
    for (int j = 0; j < values.length; j++) {
      double factor = Math.pow(values[j], power);
      var column = weighed.column(j);
      for (int i = 0; i < column.length; i++) {
        column[i] *= factor;
      }
    }
    return weighed;
  }

  /// The sum of the squares of the values: what they hold of the matrix's squared norm.
  public double squaredNorm() {
    return ColumnMatrix.dot(values, values, 0);
  }

  /// These values with left vectors that stand in another basis.
  SingularValues within(ColumnMatrix basis) {
    return new SingularValues(basis.times(left), values, right);
  }
}

package dev.fader.kernel.factor;

/// The triangular factor of a matrix that is long in one direction, which is read in windows, each
/// taken apart together with the factor of those before (TSQR, Demmel et al. 2012, SIAM Journal on
/// Scientific Computing 34(1)). It has the singular values of the matrix, and memory does not grow
/// with its length.
public final class TriangularFactor {
  /// Numbers of a window: 16 MB of doubles.
  private static final int WINDOW = 1 << 21;

  private final MatrixRows matrix;
  private final boolean wide;
  private final int least;
  private final int length;
  private final float[] row;

  private TriangularFactor(MatrixRows matrix) {
    this.matrix = matrix;
    this.wide = matrix.columns() > matrix.rows();
    this.least = Math.min(matrix.rows(), matrix.columns());
    this.length = Math.max(matrix.rows(), matrix.columns());
    this.row = new float[matrix.columns()];
  }

  /// That of a matrix with more rows than columns, or else of the transposed one: as many rows and
  /// columns as the smaller of its sizes. The rows of a wide matrix are read once for each window.
  ///
  /// @throws IllegalArgumentException if a number is not finite
  public static ColumnMatrix of(MatrixRows matrix) {
    return new TriangularFactor(matrix).factor(WINDOW);
  }

  /// @param window numbers of one
  static ColumnMatrix of(MatrixRows matrix, int window) {
    return new TriangularFactor(matrix).factor(window);
  }

  private ColumnMatrix factor(int window) {
    int lines = Math.max(1, window / Math.max(1, least));
    var factor = ColumnMatrix.zeros(0, least);
    for (int first = 0; first < length; first += lines) {
      int count = Math.min(lines, length - first);
      var stack = ColumnMatrix.zeros(factor.rows() + count, least);
      for (int i = 0; i < factor.rows(); i++) {
        for (int j = i; j < least; j++) {
          stack.set(i, j, factor.get(i, j));
        }
      }
      fill(stack, factor.rows(), first, count);
      factor = ThinQr.of(stack).r();
    }
    return factor;
  }

  private void fill(ColumnMatrix stack, int below, int first, int count) {
    if (wide) {
      for (int j = 0; j < least; j++) {
        matrix.read(j, row);
        for (int i = 0; i < count; i++) {
          stack.set(below + i, j, row[first + i]);
        }
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      matrix.read(first + i, row);
      for (int j = 0; j < least; j++) {
        stack.set(below + i, j, row[j]);
      }
    }
  }
}

package dev.fader.kernel.factor;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Arrays;

/// A small or narrow matrix of doubles, each column side by side in memory.
public final class ColumnMatrix {
  private final int rows;
  private final double[][] columns;

  private ColumnMatrix(int rows, double[][] columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /// All zero.
  public static ColumnMatrix zeros(int rows, int columns) {
    return new ColumnMatrix(rows, new double[columns][rows]);
  }

  /// A copy of a matrix of any type that can be read.
  public static ColumnMatrix of(Matrix matrix) {
    return of(MatrixRows.of(matrix));
  }

  /// A copy of all rows.
  public static ColumnMatrix of(MatrixRows source) {
    var copy = zeros(source.rows(), source.columns());
    var row = new float[source.columns()];
    for (int i = 0; i < source.rows(); i++) {
      source.read(i, row);
      for (int j = 0; j < row.length; j++) {
        copy.columns[j][i] = row[j];
      }
    }
    return copy;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns.length;
  }

  public double get(int row, int column) {
    return columns[column][row];
  }

  public void set(int row, int column, double value) {
    columns[column][row] = value;
  }

  /// The numbers of a column, not copied.
  double[] column(int column) {
    return columns[column];
  }

  /// The first columns, not copied.
  public ColumnMatrix first(int count) {
    return new ColumnMatrix(rows, Arrays.copyOf(columns, count));
  }

  ColumnMatrix copy() {
    var copy = new double[columns.length][];
    for (int j = 0; j < copy.length; j++) {
      copy[j] = columns[j].clone();
    }
    return new ColumnMatrix(rows, copy);
  }

  /// Rows and columns exchanged, copied.
  public ColumnMatrix transposed() {
    var transposed = zeros(columns.length, rows);
    for (int j = 0; j < columns.length; j++) {
      for (int i = 0; i < rows; i++) {
        transposed.columns[i][j] = columns[j][i];
      }
    }
    return transposed;
  }

  /// This matrix times another.
  ///
  /// @throws IllegalArgumentException if the other has not as many rows as this has columns
  public ColumnMatrix times(ColumnMatrix right) {
    if (right.rows != columns.length) {
      throw new IllegalArgumentException(
          "cannot multiply %d x %d by %d x %d"
              .formatted(rows, columns.length, right.rows, right.columns.length));
    }
    var product = zeros(rows, right.columns.length);
    for (int j = 0; j < right.columns.length; j++) {
      for (int k = 0; k < columns.length; k++) {
        add(right.columns[j][k], columns[k], 0, product.columns[j]);
      }
    }
    return product;
  }

  /// Writes all numbers to a window of the same size, rounded to its type.
  public void writeTo(Matrix target) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns.length; j++) {
        target.set(i, j, (float) columns[j][i]);
      }
    }
  }

  /// Writes all numbers to a tensor of (rows, columns).
  public void writeTo(Tensor target) {
    writeTo(Matrix.of(target));
  }

  /// @throws IllegalArgumentException if a number is not finite
  void requireFinite() {
    for (int j = 0; j < columns.length; j++) {
      for (int i = 0; i < rows; i++) {
        requireFinite(columns[j][i], i, j);
      }
    }
  }

  static void requireFinite(double value, int row, int column) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "row %d, column %d of a matrix is %s: it cannot be taken apart"
              .formatted(row, column, value));
    }
  }

  /// The sum of products of two columns from `start`, in four parts, which the processor adds side
  /// by side.
  static double dot(double[] a, double[] b, int start) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int i = start;
    for (; i < a.length - 3; i += 4) {
      sum0 += a[i] * b[i];
      sum1 += a[i + 1] * b[i + 1];
      sum2 += a[i + 2] * b[i + 2];
      sum3 += a[i + 3] * b[i + 3];
    }
    for (; i < a.length; i++) {
      sum0 += a[i] * b[i];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  /// `sum += factor * x` from `start`.
  static void add(double factor, double[] x, int start, double[] sum) {
    for (int i = start; i < x.length; i++) {
      sum[i] += factor * x[i];
    }
  }
}

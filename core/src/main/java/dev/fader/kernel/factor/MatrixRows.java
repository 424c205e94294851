package dev.fader.kernel.factor;

import dev.fader.kernel.matrix.Matrix;
import java.util.List;

/// A matrix that need not be in memory: its rows are read, decoded or computed when they are
/// needed.
public sealed interface MatrixRows {
  int rows();

  int columns();

  /// Sets `target`, one number for each column, to a row. Several threads may read.
  void read(int row, float[] target);

  /// A matrix of any type that can be read.
  static MatrixRows of(Matrix matrix) {
    return new Stored(matrix);
  }

  /// A matrix whose rows come from elsewhere.
  static MatrixRows of(int rows, int columns, RowReader reader) {
    return new Elsewhere(rows, columns, reader);
  }

  /// Sets `target` to a row. For use by several threads.
  interface RowReader {
    void read(int row, float[] target);
  }

  /// This minus another, as float32 numbers.
  ///
  /// @throws IllegalArgumentException if the sizes differ
  default MatrixRows minus(MatrixRows other) {
    return new Difference(this, other);
  }

  /// This plus `factor up down`, which is never formed.
  ///
  /// @param up (rows, rank)
  /// @param down (rank, columns)
  /// @throws IllegalArgumentException if the sizes differ
  default MatrixRows plus(float factor, Matrix up, Matrix down) {
    return new WithProduct(this, factor, up, down);
  }

  /// The same rows in another order.
  ///
  /// @param order the number that each row has here
  default MatrixRows reordered(List<Integer> order) {
    return new Reordered(this, List.copyOf(order));
  }

  /// The sum of the squares of all numbers.
  default double squaredNorm() {
    var row = new float[columns()];
    double sum = 0;
    for (int i = 0; i < rows(); i++) {
      read(i, row);
      double ofRow = 0;
      for (float value : row) {
        ofRow += (double) value * value;
      }
      sum += ofRow;
    }
    return sum;
  }

  /// A matrix that is in memory or mapped.
  record Stored(Matrix matrix) implements MatrixRows {
    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public int columns() {
      return matrix.columns();
    }

    @Override
    public void read(int row, float[] target) {
      matrix.read(row, target);
    }
  }

  /// Rows that a reader gives.
  record Elsewhere(int rows, int columns, RowReader reader) implements MatrixRows {
    @Override
    public void read(int row, float[] target) {
      reader.read(row, target);
    }
  }

  /// `whole - part`.
  record Difference(MatrixRows whole, MatrixRows part) implements MatrixRows {
    public Difference {
      if (whole.rows() != part.rows() || whole.columns() != part.columns()) {
        throw new IllegalArgumentException(
            "cannot take %d x %d from %d x %d"
                .formatted(part.rows(), part.columns(), whole.rows(), whole.columns()));
      }
    }

    @Override
    public int rows() {
      return whole.rows();
    }

    @Override
    public int columns() {
      return whole.columns();
    }

    @Override
    public void read(int row, float[] target) {
      var subtracted = new float[target.length];
      whole.read(row, target);
      part.read(row, subtracted);
      for (int i = 0; i < target.length; i++) {
        target[i] -= subtracted[i];
      }
    }
  }

  /// `whole + factor up down`.
  record WithProduct(MatrixRows whole, float factor, Matrix up, Matrix down) implements MatrixRows {
    public WithProduct {
      if (up.rows() != whole.rows()
          || down.columns() != whole.columns()
          || up.columns() != down.rows()) {
        throw new IllegalArgumentException(
            "cannot add %d x %d times %d x %d to %d x %d"
                .formatted(
                    up.rows(),
                    up.columns(),
                    down.rows(),
                    down.columns(),
                    whole.rows(),
                    whole.columns()));
      }
    }

    @Override
    public int rows() {
      return whole.rows();
    }

    @Override
    public int columns() {
      return whole.columns();
    }

    @Override
    public void read(int row, float[] target) {
      whole.read(row, target);
      var sums = new double[target.length];
      var line = new float[target.length];
      for (int k = 0; k < up.columns(); k++) {
        double weight = up.get(row, k);
        down.read(k, line);
        for (int i = 0; i < line.length; i++) {
          sums[i] += weight * line[i];
        }
      }
      for (int i = 0; i < target.length; i++) {
        target[i] = (float) (target[i] + factor * sums[i]);
      }
    }
  }

  /// Row i is row `order.get(i)` of the source.
  record Reordered(MatrixRows source, List<Integer> order) implements MatrixRows {
    @Override
    public int rows() {
      return order.size();
    }

    @Override
    public int columns() {
      return source.columns();
    }

    @Override
    public void read(int row, float[] target) {
      source.read(order.get(row), target);
    }
  }
}

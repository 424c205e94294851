package dev.fader.model.mix;

import dev.fader.tensor.Tensor;
import java.util.List;

/// What is done to the numbers of one entry of the parameter table.
sealed interface EntryEdit {
  /// Rows and columns, multiplied.
  record Turned(Selection rows, Selection columns, float gain) implements EntryEdit {
    @Override
    public List<Integer> rows(int count) {
      return rows.of(count, "row");
    }

    @Override
    public boolean touches(int... some) {
      return rows.hasAny(some);
    }

    @Override
    public void apply(Tensor matrix) {
      var turned = columns.of(matrix.shape().size(1), "column");
      var values = new float[matrix.shape().size(1)];
      for (int row : rows(matrix.shape().size(0))) {
        long start = (long) row * values.length;
        matrix.read(start, values, 0, values.length);
        if (turned.size() == values.length) {
          for (int column = 0; column < values.length; column++) {
            values[column] *= gain;
          }
        } else {
          for (int column : turned) {
            values[column] *= gain;
          }
        }
        matrix.write(start, values, 0, values.length);
      }
    }
  }

  /// One number, put in the place of another.
  record Put(int row, int column, float value) implements EntryEdit {
    @Override
    public List<Integer> rows(int count) {
      return List.of(row);
    }

    @Override
    public boolean touches(int... some) {
      return Selection.of(row).hasAny(some);
    }

    @Override
    public void apply(Tensor matrix) {
      matrix.set(row * matrix.shape().dimension(1) + column, value);
    }
  }

  /// The rows that it touches, of so many.
  List<Integer> rows(int count);

  /// Whether it touches one of some rows.
  boolean touches(int... some);

  /// Does it.
  ///
  /// @param matrix (rows, columns): float32
  void apply(Tensor matrix);
}

package dev.fader.model.adapter;

import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// Matrices turned.
final class Transposed {
  private Transposed() {}

  /// A copy of a matrix with rows and columns exchanged, float32 in `values`.
  static Tensor of(Tensor matrix, TensorArena values) {
    long rows = matrix.shape().dimension(0);
    long columns = matrix.shape().dimension(1);
    var turned = values.floats(columns, rows);
    for (long row = 0; row < rows; row++) {
      for (long column = 0; column < columns; column++) {
        turned.set(column * rows + row, matrix.get(row * columns + column));
      }
    }
    return turned;
  }
}

package dev.fader.grad;

import dev.fader.tensor.Tensor;

/// A table of learned positions that has rows before the first.
///
/// @param rows (first + context, columns)
/// @param first the row of position 0
record PositionTable(Variable rows, int first) {
  /// The rows from position 0 on, of the table or of its gradient.
  Tensor positions(Tensor whole) {
    return whole.slice(first, whole.shape().dimension(0) - first);
  }
}

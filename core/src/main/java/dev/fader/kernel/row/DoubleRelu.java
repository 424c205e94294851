package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Matrix;

/// One row of [Activation#DOUBLE_RELU].
sealed interface DoubleRelu permits ScalarDoubleRelu, VectorDoubleRelu {
  /// `y = max(gate, 0) * max(up, 0)`.
  void apply(Matrix gate, Matrix up, Matrix y, int row);

  /// Where both are above 0 the gradient of the gate is `dy * up` and that of up `dy * gate`,
  /// elsewhere 0.
  void slope(Matrix gate, Matrix up, Activations.Gradient gradient, int row);
}

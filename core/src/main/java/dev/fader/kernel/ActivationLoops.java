package dev.fader.kernel;

/// One row of an activation.
sealed interface ActivationLoops
    permits ScalarActivation, VectorLogisticGate, VectorNormalGate, VectorReluSquared {
  /// y = f(x).
  void value(Matrix x, Matrix y, int row);

  /// value = f(x), then slope = f'(x). If both are one matrix, the slope is what stays in it.
  void slope(Matrix x, Matrix value, Matrix slope, int row);
}

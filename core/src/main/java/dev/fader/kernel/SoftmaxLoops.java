package dev.fader.kernel;

/// One row of softmax and of the cross-entropy behind it.
sealed interface SoftmaxLoops permits ScalarSoftmax, VectorSoftmax {
  /// The greatest element.
  float max(Matrix x, int row);

  /// The sum over the row of `exp(x - max)`.
  double sumOfExponentials(Matrix x, int row, float max);

  /// The sum over the row of `exp((x - max) * factor)`, by which x is replaced.
  double exponentials(Matrix x, int row, float max, float factor);
}

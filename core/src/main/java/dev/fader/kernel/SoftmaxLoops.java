package dev.fader.kernel;

/// One row of softmax and of the cross-entropy behind it.
sealed interface SoftmaxLoops permits ScalarSoftmax, VectorSoftmax {
  /// Exponentials smaller than this become 0: scaled they would be denormal numbers, which slow
  /// down whatever they are multiplied by.
  float TINY = 1e-30f;

  /// The greatest element.
  float max(Matrix x, int row);

  /// The sum over the row of `exp(x - max)`.
  double sumOfExponentials(Matrix x, int row, float max);

  /// The sum over the row of `exp((x - max) * factor)`, by which x is replaced.
  double exponentials(Matrix x, int row, float max, float factor);
}

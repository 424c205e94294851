package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Matrix;

/// One row of softmax and of the cross-entropy behind it.
sealed interface SoftmaxLoops permits ScalarSoftmax, VectorSoftmax {
  /// Below this an exponential, then under 1e-30, is taken for 0: scaled it would be a denormal
  /// number, which slows down whatever it is multiplied by.
  float LOWEST = -69f;

  static SoftmaxLoops of(boolean vectors) {
    return vectors ? new VectorSoftmax(new VectorElementwise()) : new ScalarSoftmax();
  }

  /// `ln sum exp(x)` over the row. Where `scale` is not 0, x is replaced by `scale * softmax(x)`.
  double logSumExp(Matrix x, int row, float scale);
}

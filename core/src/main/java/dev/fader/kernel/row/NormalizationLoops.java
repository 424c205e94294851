package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Matrix;

/// One row of a normalisation.
sealed interface NormalizationLoops permits ScalarNormalization, VectorNormalization {
  /// Sets a row of y and its statistics; y may be x.
  void forward(NormalizationPass pass, Matrix y, int row);

  /// Sets a row of the gradient's input, or adds to it. Adds the row's part of the weight's
  /// gradient to `sums[0..size)` and of the bias' to `sums[size..2 size)`; the two behind them are
  /// scratch.
  void backward(NormalizationPass pass, NormalizationGradient gradient, float[] sums, int row);
}

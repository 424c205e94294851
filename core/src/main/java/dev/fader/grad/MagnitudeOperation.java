package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import java.util.BitSet;

/// Adds to a loss `factor` times the sum of the absolute values in some rows of `x`, which it
/// leaves as it is.
record MagnitudeOperation(Variable x, float factor, BitSet rows) implements Operation.InPlace {
  @Override
  public void forward(Tape tape) {}

  @Override
  public void backward(Tape tape) {
    var gradient = Matrix.of(x.gradientToAddTo(tape.workspace()));
    tape.kernels().elementwise().addSigns(Matrix.of(x.value()), factor, rows, gradient);
  }
}

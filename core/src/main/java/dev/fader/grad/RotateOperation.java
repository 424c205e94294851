package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Rotation;

/// Queries and keys rotated by their positions, in place: what stands before them needs only their
/// gradient.
record RotateOperation(Variable x, Rotation rotation, int columns) implements Operation.InPlace {
  @Override
  public void forward(Tape tape) {
    tape.kernels().embedding().rotate(rotation, Matrix.of(x.value()).columns(0, columns));
  }

  @Override
  public void backward(Tape tape) {
    var gradient = Matrix.of(x.gradientToWrite(tape.workspace()));
    tape.kernels().embedding().rotate(rotation.inverted(), gradient.columns(0, columns));
  }
}

package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;

/// `x * factor`, in place: what stands before it needs only its gradient.
final class ScaleOperation implements Operation.InPlace {
  private final Variable x;
  private final float factor;
  private final RowPass forward;

  ScaleOperation(Tape tape, Variable x, float factor) {
    this.x = x;
    this.factor = factor;
    this.forward = tape.kernels().elementwise().scaling(Matrix.of(x.value()), factor);
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    tape.kernels().elementwise().scale(Matrix.of(x.gradientToWrite(tape.workspace())), factor);
  }

  @Override
  public Variable x() {
    return x;
  }
}

package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;

/// `cap * tanh(x / cap)`, in place: the slope follows from the result.
final class SoftCapOperation implements Operation.InPlace {
  private final Variable x;
  private final float cap;
  private final Matrix capped;
  private final RowPass forward;

  SoftCapOperation(Tape tape, Variable x, float cap) {
    this.x = x;
    this.cap = cap;
    this.capped = Matrix.of(x.value());
    this.forward = tape.kernels().elementwise().softCapping(capped, cap);
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    var gradient = Matrix.of(x.gradientToWrite(tape.workspace()));
    tape.kernels().elementwise().softCapBackward(capped, cap, gradient);
  }

  @Override
  public Variable x() {
    return x;
  }
}

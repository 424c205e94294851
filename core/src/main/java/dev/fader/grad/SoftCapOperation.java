package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;

/// `cap * tanh(x / cap)`, in place: the slope follows from the result.
final class SoftCapOperation implements Operation.InPlace {
  private final Variable x;
  private final float cap;
  private final Matrix capped;

  SoftCapOperation(Variable x, float cap) {
    this.x = x;
    this.cap = cap;
    this.capped = Matrix.of(x.value());
  }

  @Override
  public void forward(Tape tape) {
    tape.kernels().elementwise().softCap(capped, cap);
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

package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;

/// `x * factor`, in place: what stands before it needs only its gradient.
final class ScaleOperation implements Operation.InPlace {
  private final Variable x;
  private final float factor;
  private final Matrix scaled;

  ScaleOperation(Variable x, float factor) {
    this.x = x;
    this.factor = factor;
    this.scaled = Matrix.of(x.value());
  }

  @Override
  public void forward(Tape tape) {
    tape.kernels().elementwise().scale(scaled, factor);
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

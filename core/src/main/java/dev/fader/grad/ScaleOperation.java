package dev.fader.grad;

import dev.fader.kernel.Matrix;

/// `x * factor`, in place: what stands before it needs only its gradient.
final class ScaleOperation implements Operation {
  private final Variable x;
  private final float factor;

  ScaleOperation(Variable x, float factor) {
    this.x = x;
    this.factor = factor;
  }

  Variable forward(Tape tape) {
    tape.kernels().scale(Matrix.of(x.value()), factor);
    return x;
  }

  @Override
  public void backward(Tape tape) {
    tape.kernels().scale(Matrix.of(x.gradientToWrite(tape.workspace())), factor);
  }

  @Override
  public void release(Workspace workspace) {
    // The result is the input, which belongs to the operation before.
  }
}

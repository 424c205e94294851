package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;

/// `x * factor`, in place: what stands before it needs only its gradient.
record ScaleOperation(Variable x, float factor) implements Operation.InPlace {
  @Override
  public void forward(Tape tape) {
    tape.kernels().elementwise().scale(Matrix.of(x.value()), factor);
  }

  @Override
  public void backward(Tape tape) {
    tape.kernels().elementwise().scale(Matrix.of(x.gradientToWrite(tape.workspace())), factor);
  }
}

package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import java.util.List;

/// `x * factor`, in place: what stands before it needs only its gradient.
final class ScaleOperation implements Operation {
  private final Variable x;
  private final float factor;

  ScaleOperation(Variable x, float factor) {
    this.x = x;
    this.factor = factor;
  }

  @Override
  public void forward(Tape tape) {
    tape.kernels().elementwise().scale(Matrix.of(x.value()), factor);
  }

  @Override
  public void backward(Tape tape) {
    tape.kernels().elementwise().scale(Matrix.of(x.gradientToWrite(tape.workspace())), factor);
  }

  @Override
  public Variable result() {
    return x;
  }

  @Override
  public List<Variable> owned() {
    return List.of();
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}

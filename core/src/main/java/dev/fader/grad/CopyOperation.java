package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import java.util.List;

/// `y = x` in memory of its own, for what is then changed in place.
final class CopyOperation implements Operation {
  private final Variable x;
  private final Variable y;
  private final RowPass forward;

  CopyOperation(Tape tape, Variable x) {
    this.x = x;
    this.y = tape.result(x.value().shape(), x.needsGradient());
    this.forward = tape.kernels().elementwise().copying(Matrix.of(x.value()), Matrix.of(y.value()));
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    x.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    backward(tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}

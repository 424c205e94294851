package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import java.util.List;

/// `y = x + branch`, written over the branch, whose value nobody needs any more: what makes a
/// branch keeps only what it read. Backward both see the gradient of `y` itself, in the same
/// memory.
final class AddOperation implements Operation {
  private final Variable x;
  private final Variable branch;
  private final Variable y;
  private final RowPass forward;

  AddOperation(Tape tape, Variable x, Variable branch) {
    this.x = x;
    this.branch = branch;
    this.y = tape.resultOver(branch, x.needsGradient() || branch.needsGradient());
    this.forward =
        tape.kernels()
            .elementwise()
            .adding(Matrix.of(x.value()), Matrix.of(branch.value()), Matrix.of(y.value()));
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    x.passGradientOf(y, tape);
    branch.passGradientOf(y, tape);
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
    return List.of(x, branch);
  }
}

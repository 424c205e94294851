package dev.fader.grad;

import dev.fader.kernel.Matrix;

/// `y = x + branch`, written over the branch, whose value nobody needs any more: what makes a
/// branch keeps only what it read. Backward both see the gradient of `y` itself, in the same
/// memory.
final class AddOperation implements Operation {
  private final Variable x;
  private final Variable branch;
  private final Variable y;

  AddOperation(Tape tape, Variable x, Variable branch) {
    this.x = x;
    this.branch = branch;
    this.y = tape.resultOver(branch, x.needsGradient() || branch.needsGradient());
  }

  Variable forward(Tape tape) {
    tape.kernels().add(Matrix.of(x.value()), Matrix.of(branch.value()), Matrix.of(y.value()));
    return y;
  }

  @Override
  public void backward(Tape tape) {
    pass(tape, x);
    pass(tape, branch);
  }

  private void pass(Tape tape, Variable input) {
    if (!input.needsGradient()) {
      return;
    }
    if (input.hasGradient()) {
      var gradient = Matrix.of(input.gradientToWrite(tape.workspace()));
      tape.kernels().add(gradient, Matrix.of(y.gradientToRead()), gradient);
    } else {
      input.shareGradientOf(y);
    }
  }

  @Override
  public void release(Workspace workspace) {
    y.release(workspace);
  }
}

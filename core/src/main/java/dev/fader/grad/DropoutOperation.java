package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Dropout;
import java.util.List;

/// Some numbers set to zero, the rest scaled up to keep the expectation (Srivastava et al. 2014).
/// The mask is a function of seed, step, site and index, so backward computes it again and nothing
/// is stored.
final class DropoutOperation implements Operation {
  private final Dropout dropout;
  private final Variable x;
  private final Variable y;

  DropoutOperation(Tape tape, Variable x, Dropout dropout) {
    this.dropout = dropout;
    this.x = x;
    this.y = tape.result(x.value().shape(), x.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    tape.kernels().elementwise().dropout(dropout, Matrix.of(x.value()), Matrix.of(y.value()));
  }

  @Override
  public void backward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    elementwise.dropout(dropout, dy, dy);
    x.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    y.gradientToWrite(tape.workspace());
    x.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(y, x);
  }
}

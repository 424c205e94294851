package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import java.util.List;

/// `y = x`, but some columns times a factor of their own each.
final class MultiplyColumnsOperation implements Operation {
  private final Variable x; // (rows, columns)
  private final int start;
  private final Variable factors; // as many as columns that are multiplied
  private final Variable y; // (rows, columns)
  private final List<RowPass> forward;

  MultiplyColumnsOperation(Tape tape, Variable x, int start, Variable factors) {
    this.x = x;
    this.start = start;
    this.factors = factors;
    this.y = tape.result(x.value().shape(), x.needsGradient() || factors.needsGradient());
    var elementwise = tape.kernels().elementwise();
    var out = Matrix.of(y.value());
    this.forward =
        List.of(
            elementwise.copying(Matrix.of(x.value()), out),
            elementwise.multiplyingRow(columns(out), factors.value()));
  }

  private Matrix columns(Matrix all) {
    return all.columns(start, Math.toIntExact(factors.value().elements()));
  }

  @Override
  public void forward(Tape tape) {
    for (int i = 0; i < forward.size(); i++) {
      forward.get(i).run();
    }
  }

  @Override
  public void backward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    if (factors.needsGradient()) {
      elementwise.sumProducts(
          columns(dy), columns(Matrix.of(x.value())), factors.gradientToAddTo(tape.workspace()));
    }
    elementwise.multiplyRow(columns(dy), factors.value());
    x.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    y.gradientToWrite(tape.workspace());
    if (factors.needsGradient()) {
      factors.gradientToWrite(tape.workspace());
    }
    x.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(y, factors, x);
  }
}

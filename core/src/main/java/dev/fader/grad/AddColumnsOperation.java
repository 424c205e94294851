package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import java.util.List;

/// `y = z + x` in some columns, in the memory of `z`.
final class AddColumnsOperation implements Operation {
  private final Variable z; // (rows, columns)
  private final int start;
  private final Variable x; // (rows, width)
  private final Variable y; // (rows, columns)
  private final RowPass forward;

  AddColumnsOperation(Tape tape, Variable z, int start, Variable x) {
    this.z = z;
    this.start = start;
    this.x = x;
    this.y = tape.resultOver(z, z.needsGradient() || x.needsGradient());
    var in = Matrix.of(x.value());
    var into = columns(Matrix.of(y.value()));
    this.forward = tape.kernels().elementwise().adding(into, in, into);
  }

  private Matrix columns(Matrix all) {
    return all.columns(start, Matrix.of(x.value()).columns());
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    if (x.needsGradient()) {
      var dx = Matrix.of(x.gradientToAddTo(tape.workspace()));
      tape.kernels().elementwise().add(dx, columns(Matrix.of(y.gradientToRead())), dx);
    }
    z.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    if (x.needsGradient()) {
      x.gradientToWrite(tape.workspace());
    }
    z.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x, z);
  }
}

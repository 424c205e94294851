package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// `y = scale * a b` for two matrices of parameters or of results.
final class MatrixProductOperation implements Operation {
  private final Variable a; // (m, k)
  private final Variable b; // (k, n)
  private final float scale;
  private final Variable y; // (m, n)

  MatrixProductOperation(Tape tape, Variable a, Variable b, float scale) {
    this.a = a;
    this.b = b;
    this.scale = scale;
    this.y =
        tape.unfitted(
            Shape.of(a.value().shape().dimension(0), b.value().shape().dimension(1)),
            a.needsGradient() || b.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    var out = Matrix.of(y.value());
    tape.kernels().product().multiply(Matrix.of(a.value()), Matrix.of(b.value()), out);
    if (scale != 1) {
      tape.kernels().elementwise().scale(out, scale);
    }
  }

  @Override
  public void backward(Tape tape) {
    var product = tape.kernels().product();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    if (scale != 1) {
      tape.kernels().elementwise().scale(dy, scale);
    }
    if (a.needsGradient()) {
      boolean add = a.hasGradient();
      var da = Matrix.of(a.gradientToWrite(tape.workspace()));
      product.multiply(dy, Matrix.of(b.value()).transposed(), da, add);
    }
    if (b.needsGradient()) {
      boolean add = b.hasGradient();
      var db = Matrix.of(b.gradientToWrite(tape.workspace()));
      product.multiply(Matrix.of(a.value()).transposed(), dy, db, add);
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(y, a, b);
  }
}

package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// The Kronecker product `y = scale * a ⊗ b`: block (i, j) is `a[i, j] * b`.
final class KroneckerOperation implements Operation {
  private final Variable a; // (m, n)
  private final Variable b; // (p, q)
  private final float scale;
  private final Variable y; // (m * p, n * q)

  KroneckerOperation(Tape tape, Variable a, Variable b, float scale) {
    this.a = a;
    this.b = b;
    this.scale = scale;
    var left = a.value().shape();
    var right = b.value().shape();
    this.y =
        tape.unfitted(
            Shape.of(
                Math.multiplyExact(left.dimension(0), right.dimension(0)),
                Math.multiplyExact(left.dimension(1), right.dimension(1))),
            a.needsGradient() || b.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    var left = Matrix.of(a.value());
    var right = Matrix.of(b.value());
    var out = Matrix.of(y.value());
    var rows = right.rows();
    tape.kernels()
        .workers()
        .forEach(
            out.rows(),
            (row, worker) -> {
              for (int j = 0; j < left.columns(); j++) {
                float factor = scale * left.get(row / rows, j);
                for (int q = 0; q < right.columns(); q++) {
                  out.set(row, j * right.columns() + q, factor * right.get(row % rows, q));
                }
              }
            });
  }

  @Override
  public void backward(Tape tape) {
    var dy = Matrix.of(y.gradientToRead());
    if (a.needsGradient()) {
      backwardLeft(tape, dy, Matrix.of(a.gradientToAddTo(tape.workspace())));
    }
    if (b.needsGradient()) {
      backwardRight(tape, dy, Matrix.of(b.gradientToAddTo(tape.workspace())));
    }
  }

  private void backwardLeft(Tape tape, Matrix dy, Matrix gradient) {
    var right = Matrix.of(b.value());
    tape.kernels()
        .workers()
        .forEach(
            gradient.rows(),
            (i, worker) -> {
              for (int j = 0; j < gradient.columns(); j++) {
                double sum = 0;
                for (int p = 0; p < right.rows(); p++) {
                  for (int q = 0; q < right.columns(); q++) {
                    sum +=
                        (double) right.get(p, q)
                            * dy.get(i * right.rows() + p, j * right.columns() + q);
                  }
                }
                gradient.set(i, j, (float) (gradient.get(i, j) + scale * sum));
              }
            });
  }

  private void backwardRight(Tape tape, Matrix dy, Matrix gradient) {
    var left = Matrix.of(a.value());
    tape.kernels()
        .workers()
        .forEach(
            gradient.rows(),
            (p, worker) -> {
              for (int q = 0; q < gradient.columns(); q++) {
                double sum = 0;
                for (int i = 0; i < left.rows(); i++) {
                  for (int j = 0; j < left.columns(); j++) {
                    sum +=
                        (double) left.get(i, j)
                            * dy.get(i * gradient.rows() + p, j * gradient.columns() + q);
                  }
                }
                gradient.set(p, q, (float) (gradient.get(p, q) + scale * sum));
              }
            });
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(a, b);
  }
}

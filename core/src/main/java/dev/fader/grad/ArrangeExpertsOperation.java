package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// The matrices B of experts one below the other, from peft's order, where their columns take
/// turns: `y[e * outputs + o, k] = x[o, k * experts + e]`.
final class ArrangeExpertsOperation implements Operation {
  private final Variable x; // (outputs, rank * experts)
  private final int experts;
  private final Variable y; // (experts * outputs, rank)

  ArrangeExpertsOperation(Tape tape, Variable x, int experts) {
    this.x = x;
    this.experts = experts;
    var shape = x.value().shape();
    this.y =
        tape.unfitted(
            Shape.of(shape.dimension(0) * experts, shape.dimension(1) / experts),
            x.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    var in = Matrix.of(x.value());
    var out = Matrix.of(y.value());
    for (int row = 0; row < out.rows(); row++) {
      for (int k = 0; k < out.columns(); k++) {
        out.set(row, k, in.get(row % in.rows(), k * experts + row / in.rows()));
      }
    }
  }

  @Override
  public void backward(Tape tape) {
    var dx = Matrix.of(x.gradientToAddTo(tape.workspace()));
    var dy = Matrix.of(y.gradientToRead());
    for (int row = 0; row < dy.rows(); row++) {
      for (int k = 0; k < dy.columns(); k++) {
        int column = k * experts + row / dx.rows();
        dx.set(row % dx.rows(), column, dx.get(row % dx.rows(), column) + dy.get(row, k));
      }
    }
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

package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import java.util.List;

/// The Hadamard product `y = scale * a ∘ b` of two matrices.
final class ElementProductOperation implements Operation {
  private final Variable a; // (m, n)
  private final Variable b; // (m, n)
  private final float scale;
  private final Variable y; // (m, n)

  ElementProductOperation(Tape tape, Variable a, Variable b, float scale) {
    this.a = a;
    this.b = b;
    this.scale = scale;
    this.y = tape.unfitted(a.value().shape(), a.needsGradient() || b.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    scaledProduct(tape, Matrix.of(a.value()), b, Matrix.of(y.value()));
  }

  private void scaledProduct(Tape tape, Matrix left, Variable right, Matrix out) {
    var elementwise = tape.kernels().elementwise();
    elementwise.copy(left, out);
    elementwise.multiply(Matrix.of(right.value()), out);
    elementwise.scale(out, scale);
  }

  @Override
  public void backward(Tape tape) {
    var dy = Matrix.of(y.gradientToRead());
    pass(tape, dy, a, b);
    pass(tape, dy, b, a);
  }

  private void pass(Tape tape, Matrix dy, Variable input, Variable other) {
    if (input.needsGradient()) {
      var slope = tape.workspace().takeUnfitted(y.value().shape());
      scaledProduct(tape, dy, other, Matrix.of(slope.tensor()));
      var gradient = Matrix.of(input.gradientToAddTo(tape.workspace()));
      tape.kernels().elementwise().add(gradient, Matrix.of(slope.tensor()), gradient);
      tape.workspace().giveBack(slope);
    }
  }

  @Override
  public void countBackward(Tape tape) {
    for (var input : gradients()) {
      if (input.needsGradient()) {
        var slope = tape.workspace().takeUnfitted(y.value().shape());
        input.gradientToWrite(tape.workspace());
        tape.workspace().giveBack(slope);
      }
    }
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

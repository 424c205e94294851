package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// `y = z + x W` in some columns, in the memory of `z`.
final class AddLinearOperation implements Operation {
  private final Variable z; // (rows, columns)
  private final int start;
  private final Variable x; // (rows, in)
  private final Variable weight; // (out, in)
  private final Variable y; // (rows, columns)
  private final Matrix in; // x
  private final Matrix into; // (rows, out), columns of y
  private final List<Matrix> operand; // (in, out)
  private final Optional<Variable> apart; // (rows, out): the product, where rows may be few
  private final Optional<Matrix> out; // apart
  private final Optional<RowPass> adding;

  AddLinearOperation(Tape tape, Variable z, int start, Projected projected) {
    this.z = z;
    this.start = start;
    this.x = projected.x();
    this.weight = projected.weight();
    boolean learns = x.needsGradient() || weight.needsGradient();
    this.y = tape.resultOver(z, z.needsGradient() || learns);
    int outputs = weight.value().shape().size(0);
    this.into = Matrix.of(y.value()).columns(start, outputs);
    this.in = Matrix.of(x.value());
    this.operand = List.of(Matrix.of(weight.value()).transposed());
    this.apart =
        tape.infers()
            ? Optional.of(tape.result(Shape.of(into.rows(), outputs), false))
            : Optional.empty();
    this.out = apart.map(own -> Matrix.of(own.value()));
    this.adding = out.map(own -> tape.kernels().elementwise().adding(into, own, into));
  }

  /// What is multiplied: `x` (rows, in) with `weight` (out, in).
  record Projected(Variable x, Variable weight) {}

  @Override
  public void forward(Tape tape) {
    var product = tape.kernels().product();
    if (out.isEmpty()) {
      product.multiply(in, operand.getFirst(), into, true);
      return;
    }
    if (tape.isAutomatic()) {
      product.multiply(in, operand.getFirst(), out.get());
    } else {
      product.multiply(in, operand, out.get(), tape.fewRows());
    }
    adding.orElseThrow().run();
  }

  @Override
  public void backward(Tape tape) {
    var product = tape.kernels().product();
    var dy = Matrix.of(y.gradientToRead()).columns(start, into.columns());
    if (weight.needsGradient()) {
      boolean add = weight.hasGradient();
      var dw = Matrix.of(weight.gradientToWrite(tape.workspace()));
      product.multiply(dy.transposed(), Matrix.of(x.value()), dw, add);
    }
    if (x.needsGradient()) {
      boolean add = x.hasGradient();
      var dx = Matrix.of(x.gradientToWrite(tape.workspace()));
      product.multiply(dy, Matrix.of(weight.value()), dx, add);
    }
    z.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    for (var input : List.of(weight, x)) {
      if (input.needsGradient()) {
        input.gradientToWrite(tape.workspace());
      }
    }
    z.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return apart.map(own -> List.of(y, own)).orElse(List.of(y));
  }

  @Override
  public List<Variable> gradients() {
    return List.of(weight, x, z);
  }
}

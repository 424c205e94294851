package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Activations;
import dev.fader.tensor.Shape;
import java.util.List;

/// `y = f(x)`, or `y = f(gate) * up` where `x` holds gate and up side by side.
final class ActivationOperation implements Operation {
  private final Activation function;
  private final boolean gated;
  private final Variable x; // (rows, width), gated (rows, 2 * width)
  private final Variable y; // (rows, width)
  private final RowPass forward;

  ActivationOperation(Tape tape, Variable x, Activation function, boolean gated) {
    this.function = function;
    this.gated = gated;
    this.x = x;
    var shape = x.value().shape();
    this.y =
        tape.resultFrom(
            x,
            Shape.of(shape.dimension(0), gated ? shape.dimension(1) / 2 : shape.dimension(1)),
            x.needsGradient());
    this.forward =
        tape.kernels()
            .activations()
            .activating(function, gated, Matrix.of(x.value()), Matrix.of(y.value()));
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    if (!x.needsGradient()) {
      return;
    }
    var gradient =
        new Activations.Gradient(
            Matrix.of(y.gradientToRead()), Matrix.of(x.gradientToWrite(tape.workspace())));
    tape.kernels().activations().backward(function, gated, Matrix.of(x.value()), gradient);
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

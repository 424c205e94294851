package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.kernel.row.Normalizer;
import dev.fader.tensor.Shape;
import java.util.List;

/// `y = normalize(x) * weight + bias`, by rows.
final class NormalizeOperation implements Operation {
  private final NormParameters parameters;
  private final Variable x; // (rows, width)
  private final Variable y; // (rows, width)
  private final Variable statistics; // (rows, 2)
  private final Normalizer.Pass pass;
  private final RowPass forward;

  NormalizeOperation(Tape tape, Variable x, NormParameters parameters) {
    this.parameters = parameters;
    this.x = x;
    this.y = tape.result(x.value().shape(), x.needsGradient() || parameters.needsGradient());
    this.statistics = tape.result(Shape.of(x.value().shape().dimension(0), 2), false);
    this.pass =
        Normalizer.pass(parameters.normalization(), Matrix.of(x.value()), statistics.value());
    this.forward = tape.kernels().normalizer().normalizing(pass, Matrix.of(y.value()));
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    boolean add = x.hasGradient();
    var gradient =
        new Normalizer.Gradient(
            Matrix.of(y.gradientToRead()),
            Matrix.of(x.gradientToWrite(tape.workspace())),
            add,
            parameters.weightGradient(tape),
            parameters.biasGradient(tape));
    tape.kernels().normalizer().backward(pass.how(), pass.x(), statistics.value(), gradient);
  }

  /// The gradient of `x` is computed along with those of the weights, whether it is asked for or
  /// not.
  @Override
  public void countBackward(Tape tape) {
    x.gradientToWrite(tape.workspace());
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return List.of(y, statistics);
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}

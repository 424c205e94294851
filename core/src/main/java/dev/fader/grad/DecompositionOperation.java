package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// `y = (x - bias) * magnitude / norm + bias` in the columns of one projection, whose result with
/// the low-rank product is `x`.
final class DecompositionOperation implements Operation {
  private final Variable x; // (rows, columns)
  private final int start;
  private final WeightDecomposition decomposition;
  private final Variable factors; // (out)
  private final Variable y; // (rows, columns)

  DecompositionOperation(Tape tape, Variable x, int start, WeightDecomposition decomposition) {
    this.x = x;
    this.start = start;
    this.decomposition = decomposition;
    this.factors = tape.unfitted(Shape.of(decomposition.norms().elements()), false);
    this.y =
        tape.result(
            x.value().shape(), x.needsGradient() || decomposition.magnitude().needsGradient());
  }

  private Matrix columns(Matrix all) {
    return all.columns(start, Math.toIntExact(decomposition.norms().elements()));
  }

  @Override
  public void forward(Tape tape) {
    if (!tape.repeatsPasses()) {
      decomposition.measure(tape.kernels());
    }
    var elementwise = tape.kernels().elementwise();
    setFactors();
    var out = Matrix.of(y.value());
    elementwise.copy(Matrix.of(x.value()), out);
    elementwise.multiplyRow(columns(out), factors.value());
    decomposition.base().bias().ifPresent(bias -> addLostBias(bias, columns(out)));
  }

  private void setFactors() {
    var norms = decomposition.norms();
    var magnitude = decomposition.magnitude().value();
    for (long i = 0; i < norms.elements(); i++) {
      factors.value().set(i, magnitude.get(i) / norms.get(i));
    }
  }

  /// The bias was multiplied, too.
  private void addLostBias(Variable bias, Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        float lost = bias.value().get(column) * (1 - factors.value().get(column));
        out.set(row, column, out.get(row, column) + lost);
      }
    }
  }

  @Override
  public void backward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    if (decomposition.magnitude().needsGradient()) {
      backwardMagnitude(tape, columns(dy));
    }
    elementwise.multiplyRow(columns(dy), factors.value());
    x.passGradientOf(y, tape);
  }

  /// The slope of the length of an output is the sum of `dy * (x - bias) / norm`.
  private void backwardMagnitude(Tape tape, Matrix dy) {
    var elementwise = tape.kernels().elementwise();
    var sums = tape.workspace().takeUnfitted(factors.value().shape());
    var ofBias = tape.workspace().takeUnfitted(factors.value().shape());
    elementwise.sumProducts(dy, columns(Matrix.of(x.value())), sums.tensor().zero());
    elementwise.sumRows(dy, ofBias.tensor().zero());
    var gradient = decomposition.magnitude().gradientToAddTo(tape.workspace());
    for (long i = 0; i < gradient.elements(); i++) {
      float bias = decomposition.base().biasAt(i);
      double sum = sums.tensor().get(i) - (double) bias * ofBias.tensor().get(i);
      gradient.set(i, (float) (gradient.get(i) + sum / decomposition.norms().get(i)));
    }
    tape.workspace().giveBack(ofBias);
    tape.workspace().giveBack(sums);
  }

  @Override
  public void countBackward(Tape tape) {
    y.gradientToWrite(tape.workspace());
    if (decomposition.magnitude().needsGradient()) {
      var sums = tape.workspace().takeUnfitted(factors.value().shape());
      var ofBias = tape.workspace().takeUnfitted(factors.value().shape());
      tape.workspace().giveBack(ofBias);
      tape.workspace().giveBack(sums);
    }
    x.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return List.of(y, factors);
  }

  @Override
  public List<Variable> gradients() {
    return List.of(y, x);
  }
}

package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// One projection of each expert: a variable for every expert, or one that holds them all as rows
/// of the outermost dimension.
///
/// @param count experts
/// @param weights (out, in) each, or one (count, out, in); (in, out) if `inputMajor`
/// @param biases (out) each, or one (count, out), or none
public record ExpertMatrices(
    int count, List<Variable> weights, List<Variable> biases, boolean inputMajor) {
  /// @throws IllegalArgumentException if there is neither one weight nor one for each expert
  public ExpertMatrices {
    weights = List.copyOf(weights);
    biases = List.copyOf(biases);
    if (weights.size() != 1 && weights.size() != count) {
      throw new IllegalArgumentException(
          "%d experts cannot have %d weights".formatted(count, weights.size()));
    }
  }

  /// Columns of the result of one expert.
  int outputs() {
    return matrix(0).columns();
  }

  /// The weight of an expert as (in, out), whichever way it is stored.
  Matrix matrix(int expert) {
    return window(weight(expert).value(), weights.size() == 1, expert);
  }

  /// Its gradient, to be added to.
  Matrix gradient(int expert, Tape tape) {
    var gradient = weight(expert).gradientToAddTo(tape.workspace());
    return window(gradient, weights.size() == 1, expert);
  }

  private Matrix window(Tensor tensor, boolean stacked, int expert) {
    var all = Matrix.of(tensor);
    int rows = stacked ? all.rows() / count : all.rows();
    var own = stacked ? all.rows(expert * rows, rows) : all;
    return inputMajor ? own : own.transposed();
  }

  private Variable weight(int expert) {
    return weights.size() == 1 ? weights.getFirst() : weights.get(expert);
  }

  boolean learnsWeight(int expert) {
    return weight(expert).needsGradient();
  }

  Optional<Tensor> bias(int expert) {
    return bias(expert, false).map(variable -> own(variable.value(), expert));
  }

  /// The gradient of its bias, to be added to, if it is learned.
  Optional<Tensor> biasGradient(int expert, Tape tape) {
    return bias(expert, true)
        .map(variable -> own(variable.gradientToAddTo(tape.workspace()), expert));
  }

  private Optional<Variable> bias(int expert, boolean learned) {
    if (biases.isEmpty()) {
      return Optional.empty();
    }
    var variable = biases.get(biases.size() == 1 ? 0 : expert);
    return learned && !variable.needsGradient() ? Optional.empty() : Optional.of(variable);
  }

  private Tensor own(Tensor bias, int expert) {
    return biases.size() == 1 && bias.shape().rank() == 2 ? bias.slice(expert, 1) : bias;
  }

  boolean needsGradient() {
    return weights.stream().anyMatch(Variable::needsGradient)
        || biases.stream().anyMatch(Variable::needsGradient);
  }
}

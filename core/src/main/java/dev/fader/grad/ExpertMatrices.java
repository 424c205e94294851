package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One projection of each expert: a variable for every expert, or one that holds them all as rows
/// of the outermost dimension.
public final class ExpertMatrices {
  private final int count;
  private final List<Variable> weights;
  private final List<Variable> biases;
  private final boolean inputMajor;
  private final List<ExpertLowRank> changes;
  private final List<List<Matrix>> operands = new ArrayList<>(); // by expert
  private final List<Tensor> ownBiases = new ArrayList<>(); // by expert

  /// @param count experts
  /// @param weights (out, in) each, or one (count, out, in); (in, out) if `inputMajor`
  /// @param biases (out) each, or one (count, out), or none
  /// @throws IllegalArgumentException if there is neither one weight nor one for each expert
  public ExpertMatrices(
      int count, List<Variable> weights, List<Variable> biases, boolean inputMajor) {
    this(count, weights, biases, inputMajor, List.of());
  }

  /// The same matrices with changes beside them, and no others.
  public ExpertMatrices with(List<ExpertLowRank> other) {
    return new ExpertMatrices(count, weights, biases, inputMajor, List.copyOf(other));
  }

  private ExpertMatrices(
      int count,
      List<Variable> weights,
      List<Variable> biases,
      boolean inputMajor,
      List<ExpertLowRank> changes) {
    this.changes = changes;
    this.count = count;
    this.weights = List.copyOf(weights);
    this.biases = List.copyOf(biases);
    this.inputMajor = inputMajor;
    if (weights.size() != 1 && weights.size() != count) {
      throw new IllegalArgumentException(
          "%d experts cannot have %d weights".formatted(count, weights.size()));
    }
    for (int expert = 0; expert < count; expert++) {
      operands.add(List.of(window(weight(expert).value(), expert)));
      if (!biases.isEmpty()) {
        ownBiases.add(own(bias(expert).value(), expert));
      }
    }
  }

  int count() {
    return count;
  }

  /// What adapters add.
  List<ExpertLowRank> changes() {
    return changes;
  }

  boolean inputMajor() {
    return inputMajor;
  }

  /// Columns of the result of one expert.
  public int outputs() {
    return matrix(0).columns();
  }

  /// The weight of an expert as (in, out), whichever way it is stored.
  Matrix matrix(int expert) {
    return operands(expert).getFirst();
  }

  /// The same, as the operands of a product.
  List<Matrix> operands(int expert) {
    return operands.get(expert);
  }

  /// Its gradient, to be added to.
  Matrix gradient(int expert, Tape tape) {
    return window(weight(expert).gradientToAddTo(tape.workspace()), expert);
  }

  private Matrix window(Tensor tensor, int expert) {
    var all = Matrix.of(tensor);
    boolean stacked = weights.size() == 1;
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

  /// The bias of each expert (out), or none.
  List<Tensor> biases() {
    return ownBiases;
  }

  /// The gradient of the bias of an expert, to be added to, if it is learned.
  Optional<Tensor> biasGradient(int expert, Tape tape) {
    return biases.isEmpty() || !bias(expert).needsGradient()
        ? Optional.empty()
        : Optional.of(own(bias(expert).gradientToAddTo(tape.workspace()), expert));
  }

  private Variable bias(int expert) {
    return biases.get(biases.size() == 1 ? 0 : expert);
  }

  private Tensor own(Tensor bias, int expert) {
    if (biases.size() != 1 || bias.shape().rank() != 2) {
      return bias;
    }
    return bias.slice(expert, 1).reshape(bias.shape().dimension(1));
  }

  boolean needsGradient() {
    return changes.stream().anyMatch(ExpertLowRank::needsGradient)
        || weights.stream().anyMatch(Variable::needsGradient)
        || biases.stream().anyMatch(Variable::needsGradient);
  }
}

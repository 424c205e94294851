package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.Parameters;
import dev.fader.tensor.TensorMemory;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// How much an adapter changes weights.
///
/// @param modules how many there are of the name
/// @param change the root of the sum of squares of the changes
/// @param weight the same of the weights that are changed
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record ChangeNorms(int modules, double change, double weight) {
  /// The change as a share of the weight.
  public double share() {
    return weight == 0 ? 0 : change / weight;
  }

  /// By the last part of the names of the modules: `q_proj`. Of projections, whose change is
  /// measured in the weight, one at a time.
  ///
  /// @throws AdapterException if the adapter does not fit the model
  public static SequencedMap<String, ChangeNorms> of(
      LoadedAdapter adapter, Parameters base, Kernels kernels, TensorMemory memory) {
    var change = new WeightChange(base, kernels);
    var squares = new LinkedHashMap<String, ChangeNorms>();
    adapter
        .adapter()
        .projections()
        .forEach((module, one) -> {
          try (var passing = memory.open("change of a weight")) {
            double changed = MatrixRows.of(change.weight(module, one, passing)).squaredNorm();
            double all =
                MatrixRows.of(Matrix.of(base.projection(module).weight().value())).squaredNorm();
            String end = module.substring(module.lastIndexOf('.') + 1);
            squares.merge(end, new ChangeNorms(1, changed, all), ChangeNorms::plus);
          }
        });
    squares.replaceAll(
        (_, sums) -> new ChangeNorms(sums.modules, Math.sqrt(sums.change), Math.sqrt(sums.weight)));
    return squares;
  }

  private ChangeNorms plus(ChangeNorms other) {
    return new ChangeNorms(modules + other.modules, change + other.change, weight + other.weight);
  }
}

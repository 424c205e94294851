package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.TensorArena;
import java.util.Optional;
import java.util.SequencedMap;

/// What one method changes in one projection `y = x W + b` of a model.
///
/// Its names of parameters and its formulas are those of peft's files (Mangrulkar et al. 2022,
/// github.com/huggingface/peft). Gradients flow through the operations of the tape that it is
/// composed of.
public sealed interface Adapter
    permits LowRankAdapter,
        LowRankDifference,
        InvokedAdapter,
        DecomposedAdapter,
        AdaptiveLowRankAdapter,
        VectorAdapter,
        InputScaling,
        OutputScaling,
        BiasAdapter,
        ComputedDelta,
        OrthogonalAdapter,
        WeightDelta,
        SwitchedAdapter {
  /// What is learned, by its name behind that of the module: `lora_A.weight`.
  SequencedMap<String, Variable> parameters();

  /// What the projection reads in place of `x` (rows, in).
  default Variable input(Tape tape, Variable x) {
    return x;
  }

  /// The results with this adapter.
  ///
  /// @param x what the projection read (rows, in)
  /// @return (rows, columns), as `outputs.all()`
  default Variable output(Tape tape, Variable x, Outputs outputs) {
    return outputs.all();
  }

  /// What is added to the weight, (out, in), if all that the method does is to add a matrix.
  default Optional<Variable> delta(Tape tape) {
    return Optional.empty();
  }

  /// Puts this adapter into the projection itself.
  void merge(MergedProjection projection);

  /// This adapter with its effect multiplied by `factor`.
  ///
  /// @throws AdapterException if the method has nothing to multiply
  Adapter scaled(float factor);

  /// This adapter for many passes over numbers that do not change: what only depends on parameters
  /// is computed now, into `arena`.
  default Adapter prepared(Kernels kernels, Projection base, TensorArena arena) {
    return this;
  }

  /// Results of projections side by side.
  ///
  /// @param all (rows, columns), which nothing else reads
  /// @param first the column where those of this projection begin
  /// @param base the projection
  record Outputs(Variable all, int first, Projection base) {}
}

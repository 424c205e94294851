package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.TensorArena;
import java.util.Optional;

/// A method that adds a matrix to the weight, which is computed from its factors.
public sealed interface ComputedDelta extends Adapter permits HadamardAdapter, KroneckerAdapter {
  /// The matrix: (out, in).
  Variable compute(Tape tape);

  @Override
  default Optional<Variable> delta(Tape tape) {
    return Optional.of(compute(tape));
  }

  @Override
  default Variable output(Tape tape, Variable x, Outputs outputs) {
    return tape.addLinear(outputs.all(), outputs.first(), x, compute(tape));
  }

  @Override
  default void merge(MergedProjection projection) {
    projection.addWeight(this::compute);
  }

  @Override
  default Adapter prepared(Kernels kernels, Projection base, TensorArena arena) {
    return new WeightDelta(Computed.once(kernels, arena, this::compute));
  }
}

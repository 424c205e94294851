package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.grad.WeightDecomposition;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.SequencedMap;

/// DoRA: LoRA on the direction of each output's row, and its length learned apart (Liu et al. 2024,
/// arXiv:2402.09353).
///
/// @param direction the low-rank change of the weight
/// @param magnitude (out)
/// @param norms (out): the lengths of the changed rows, measured in each pass of training
public record DecomposedAdapter(LowRankAdapter direction, Variable magnitude, Tensor norms)
    implements Adapter {
  public static final String MAGNITUDE = "lora_magnitude_vector";

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = direction.parameters();
    parameters.put(MAGNITUDE, magnitude);
    return parameters;
  }

  @Override
  public Variable output(Tape tape, Variable x, Outputs outputs) {
    var moved = direction.output(tape, x, outputs);
    return tape.decompose(moved, outputs.first(), decomposition(outputs.base()));
  }

  private WeightDecomposition decomposition(Projection base) {
    return new WeightDecomposition(
        base, direction.down(), direction.up(), direction.scale(), magnitude, norms);
  }

  /// Sets [#norms] to what they are with the present numbers.
  public void measure(Kernels kernels, Projection base) {
    decomposition(base).measure(kernels);
  }

  @Override
  public void merge(MergedProjection projection) {
    direction.merge(projection);
    projection.decompose(this);
  }

  @Override
  public DecomposedAdapter scaled(float factor) {
    return new DecomposedAdapter(direction.scaled(factor), magnitude, norms);
  }

  @Override
  public Adapter prepared(Kernels kernels, Projection base, TensorArena arena) {
    var prepared = new DecomposedAdapter(direction, magnitude, arena.floats(norms.elements()));
    prepared.measure(kernels, base);
    return prepared;
  }
}

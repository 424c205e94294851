package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// OFT: what the projection reads, rotated block by block (Qiu et al. 2023, arXiv:2306.07280).
///
/// @param skew (blocks, size * (size - 1) / 2), or (1, …) if all blocks share one rotation
/// @param size columns of a block
/// @param terms of the series of the Cayley transform; 0 for the transform itself
/// @param rotations (blocks * size, size), if they were computed already
public record OrthogonalAdapter(Variable skew, int size, int terms, Optional<Variable> rotations)
    implements Adapter {
  public static final String SKEW = "oft_R.weight";

  @Override
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    parameters.put(SKEW, skew);
    return parameters;
  }

  @Override
  public Variable input(Tape tape, Variable x) {
    return tape.rotateBlocks(x, rotations.orElseGet(() -> tape.cayley(skew, size, terms)));
  }

  @Override
  public void merge(MergedProjection projection) {
    projection.rotateInputs(tape -> tape.cayley(skew, size, terms));
  }

  @Override
  public OrthogonalAdapter scaled(float factor) {
    if (factor != 1) {
      throw AdapterException.notScalable("OFT", factor);
    }
    return this;
  }

  @Override
  public Adapter prepared(Kernels kernels, Projection base, TensorArena arena) {
    var computed = Computed.once(kernels, arena, tape -> tape.cayley(skew, size, terms));
    return new OrthogonalAdapter(skew, size, terms, Optional.of(computed));
  }
}

package dev.fader.adapter;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import java.util.function.Function;

/// Results that depend on nothing but parameters.
final class Computed {
  private Computed() {}

  /// What `computation` gives, in `arena`, for good.
  static Variable once(Kernels kernels, TensorArena arena, Function<Tape, Variable> computation) {
    try (var passing = arena.memory().open("adapters")) {
      var tape = new Tape(kernels, passing, Tape.Mode.INFER);
      var result = computation.apply(tape).value();
      return Variable.fixed(arena.allocate(DType.FLOAT32, result.shape()).copyFrom(result));
    }
  }
}

package dev.fader.model.adapter;

import dev.fader.model.ParameterSpec;
import dev.fader.tensor.Tensor;
import java.util.List;

/// The numbers that a parameter of an adapter begins with.
sealed interface InitialValue {
  /// All alike.
  record Constant(float value) implements InitialValue {}

  /// Uniform between `-bound` and `bound`.
  record Uniform(double bound) implements InitialValue {}

  /// Normal around 0.
  record Normal(double deviation) implements InitialValue {}

  /// One of the two factors that are orthogonal to each other (github.com/huggingface/peft,
  /// orthogonal initialisation): a tenth of normal numbers times half of the rows of a random
  /// rotation, one half for A, the other for B.
  ///
  /// @param module whose rotation it is
  /// @param up whether it is B
  record Orthogonal(String module, boolean up) implements InitialValue {}

  /// The rows of an entry of the base model.
  record Rows(ParameterSpec spec, List<Integer> rows) implements InitialValue {}

  /// Random rows of an entry of the base model.
  record SampledRows(ParameterSpec spec) implements InitialValue {}

  /// The numbers of an entry of the base model.
  record Same(ParameterSpec spec) implements InitialValue {}

  /// The lengths of the rows of the changed weight, known when the whole adapter is there.
  record Lengths() implements InitialValue {}

  /// The matrices A (rank, in) and B (out, rank) of VeRA, which PyTorch draws one after the other,
  /// uniform up to `sqrt(6 / fanIn)` each (He et al. 2015).
  ///
  /// @param seed of PyTorch's generator
  /// @param up whether it is B
  record Torch(long seed, long rank, long in, boolean up) implements InitialValue {
    void fill(Tensor tensor) {
      var generator = new MersenneTwister((int) seed);
      for (long i = 0; up && i < rank * in; i++) {
        generator.next();
      }
      float bound = bound(up ? rank : in);
      for (long i = 0; i < tensor.elements(); i++) {
        tensor.set(i, generator.uniform(bound));
      }
    }

    /// As Python computes it.
    private static float bound(long fanIn) {
      return (float) (Math.sqrt(3.0) * (Math.sqrt(2.0) / Math.sqrt((double) fanIn)));
    }
  }

  InitialValue ZERO = new Constant(0);

  /// What a linear layer of PyTorch begins with: uniform up to `1 / sqrt(fanIn)` (He et al. 2015,
  /// with a = sqrt(5)).
  static InitialValue linear(long fanIn) {
    return new Uniform(fanIn == 0 ? 0 : 1 / Math.sqrt((double) fanIn));
  }
}

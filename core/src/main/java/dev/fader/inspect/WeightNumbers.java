package dev.fader.inspect;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import dev.fader.tensor.DType;

/// How many numbers weights are: in matrices, which may be stored in blocks, and in biases and
/// norms, which stay in float32 beside those.
record WeightNumbers(double matrices, double others) {
  private static final int BITS = 8; // of a byte

  /// All weights of a model.
  static WeightNumbers of(ModelConfig config) {
    return sum(config, false);
  }

  /// Those that one token passes: of experts the chosen ones, of a table of embeddings that is no
  /// head nothing to speak of.
  static WeightNumbers passed(ModelConfig config) {
    return sum(config, true);
  }

  private static WeightNumbers sum(ModelConfig config, boolean passed) {
    double matrices = 0;
    double others = 0;
    for (var spec : ParameterLayout.of(config.withStackedExperts())) {
      double elements = spec.shape().elements() * (passed ? passedPart(config, spec) : 1);
      if (spec.bias() || spec.shape().rank() < 2) {
        others += elements;
      } else {
        matrices += elements;
      }
    }
    return new WeightNumbers(matrices, others);
  }

  private static double passedPart(ModelConfig config, ParameterSpec spec) {
    boolean table =
        spec.role() == Role.POSITION_EMBEDDING
            || (spec.role() == Role.TOKEN_EMBEDDING && !config.embedding().tied());
    return table ? 0 : ParameterCount.usedPart(config, spec.role());
  }

  /// What they take with matrices of `type`.
  double bytes(DType type) {
    var plain = type.isQuantized() ? DType.FLOAT32 : type;
    return (matrices * RunningMemory.bits(type) + others * RunningMemory.bits(plain)) / BITS;
  }
}

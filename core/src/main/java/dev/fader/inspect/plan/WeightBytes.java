package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.QuantizedTensor;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;

/// The size of weights in bytes.
///
/// @param all weights of a model
/// @param passed weights that one token uses: of experts the selected ones, of an untied embedding
///   nothing
/// @param bitsPerWeight of the type, or in a mix of types the mean of the whole file
public record WeightBytes(double all, double passed, double bitsPerWeight) {
  private static final int BITS = 8; // in bytes

  /// The size of the weights of `config` stored as a type.
  ///
  /// @throws ModelConfigException if the model cannot have weights of that type
  public static WeightBytes of(ModelConfig config, WeightType type) {
    return switch (type) {
      case WeightType.Uniform(var stored) -> uniform(config, stored);
      case WeightType.Mixed(var mix) -> mixed(config, mix);
    };
  }

  private static WeightBytes uniform(ModelConfig config, DType type) {
    double matrixBits = RunningMemory.bits(type);
    double otherBits = RunningMemory.bits(type.isQuantized() ? DType.FLOAT32 : type);
    double all = 0;
    double passed = 0;
    for (var spec : ParameterLayout.of(config.withStackedExperts())) {
      boolean matrix = !spec.bias() && spec.shape().rank() >= 2;
      double bytes = spec.shape().elements() * (matrix ? matrixBits : otherBits) / BITS;
      all += bytes;
      passed += bytes * passedPart(config, spec);
    }
    return new WeightBytes(all, passed, matrixBits);
  }

  private static WeightBytes mixed(ModelConfig config, QuantizationMix mix) {
    if (!QuantizedTensor.isKnown(config)) {
      throw new ModelConfigException(
          "%s is a type of GGUF files, and none is known for the family '%s': choose f32, f16 or bf16"
              .formatted(mix, config.family()));
    }
    double all = 0;
    double passed = 0;
    double numbers = 0;
    for (var tensor : QuantizedTensor.of(config, mix)) {
      double bytes = tensor.bytes();
      all += bytes;
      passed += bytes * tensor.spec().map(spec -> passedPart(config, spec)).orElse(1.0);
      numbers += tensor.shape().elements();
    }
    return new WeightBytes(all, passed, BITS * all / numbers);
  }

  private static double passedPart(ModelConfig config, ParameterSpec spec) {
    boolean table =
        spec.role() == Role.POSITION_EMBEDDING
            || (spec.role() == Role.TOKEN_EMBEDDING && !config.embedding().tied());
    return table ? 0 : ParameterCount.usedPart(config, spec.role());
  }
}

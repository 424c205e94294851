package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.kernel.interleaved.Interleaving;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.QuantizedTensor;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;

/// The size of weights in bytes, in a file and while they run.
///
/// @param all weights of a model
/// @param running what they take in a process that runs them: of quantised matrices a copy, beside
///   the file where prompts read that, all others as they are. Of a tied embedding, rows of the
///   file are read beside its copy
/// @param rowBesideCopy bytes of such a row, 0 if there are none
/// @param passed weights that one token uses: of experts the selected ones, of an untied embedding
///   nothing
/// @param bitsPerWeight of the type, or in a mix of types the mean of the whole file
public record WeightBytes(
    double all, double running, double rowBesideCopy, double passed, double bitsPerWeight) {
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
    var other = type.isQuantized() ? DType.FLOAT32 : type;
    var sum = new Sum(config);
    for (var spec : ParameterLayout.of(config.withStackedExperts())) {
      boolean matrix = !spec.bias() && spec.shape().rank() >= 2;
      var stored = matrix ? type : other;
      sum.add(spec, stored, spec.shape().elements() * RunningMemory.bits(stored) / BITS);
    }
    return sum.weights(RunningMemory.bits(type));
  }

  private static WeightBytes mixed(ModelConfig config, QuantizationMix mix) {
    if (!QuantizedTensor.isKnown(config)) {
      throw new ModelConfigException(
          "%s is a type of GGUF files, and none is known for the family '%s': choose f32, f16 or bf16"
              .formatted(mix, config.family()));
    }
    var sum = new Sum(config);
    double numbers = 0;
    for (var tensor : QuantizedTensor.of(config, mix)) {
      if (tensor.spec().isPresent()) {
        sum.add(tensor.spec().get(), tensor.type(), (double) tensor.bytes());
      } else {
        sum.add((double) tensor.bytes());
      }
      numbers += tensor.shape().elements();
    }
    return sum.weights(BITS * sum.all / numbers);
  }

  /// What was counted so far.
  private static final class Sum {
    private final ModelConfig config;
    private double all;
    private double running;
    private double rowBesideCopy;
    private double passed;

    Sum(ModelConfig config) {
      this.config = config;
    }

    void add(ParameterSpec spec, DType type, double bytes) {
      long copy = Decoder.repackedBytes(config, spec, type);
      all += bytes;
      running += (double) copy;
      if (copy == 0 || !Interleaving.isForPanels(type)) {
        running += bytes;
      }
      passed += bytes * passedPart(config, spec);
      if (copy > 0 && Interleaving.isForPanels(type) && spec.role() == Role.TOKEN_EMBEDDING) {
        rowBesideCopy = bytes / (double) spec.shape().dimension(0);
      }
    }

    /// Numbers that are no parameters.
    void add(double bytes) {
      all += bytes;
      running += bytes;
      passed += bytes;
    }

    WeightBytes weights(double bitsPerWeight) {
      return new WeightBytes(all, running, rowBesideCopy, passed, bitsPerWeight);
    }
  }

  private static double passedPart(ModelConfig config, ParameterSpec spec) {
    boolean table =
        spec.role() == Role.POSITION_EMBEDDING
            || (spec.role() == Role.TOKEN_EMBEDDING && !config.embedding().tied());
    return table ? 0 : ParameterCount.usedPart(config, spec.role());
  }
}

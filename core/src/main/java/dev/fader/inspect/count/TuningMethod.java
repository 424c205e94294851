package dev.fader.inspect.count;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import java.util.List;

/// A way to train a few parameters instead of all, and how many they are, counted as version 0.21
/// of the peft library does on transformers 5.
///
/// `targets` are names of matrices, or ends of them after a dot: `q_proj`, `mlp.c_proj`; the single
/// word `all-linear` means every matrix in the layers that transformers has as a linear layer; none
/// means what peft takes for the family, and for a family that it does not know what the method's
/// paper chose.
///
/// The experts of a layer are one parameter there and no linear layers: LoRA alone changes them,
/// gate and up together with twice the rank. A model with experts then leaves out what has the same
/// names and is none: the layers before the experts, and shared experts.
public sealed interface TuningMethod {
  /// A low-rank product beside each matrix (Hu et al. 2021): `rank * (in + out)`.
  record Lora(int rank, List<String> targets) implements TuningMethod {}

  /// LoRA with a magnitude for each output (Liu et al. 2024, arXiv:2402.09353).
  record Dora(int rank, List<String> targets) implements TuningMethod {}

  /// A factor for each output of a matrix, for each input where it ends a feed-forward network (Liu
  /// et al. 2022, arXiv:2205.05638).
  record Ia3(List<String> targets) implements TuningMethod {}

  /// Random matrices that all layers share, and two learned vectors each (Kopiczko et al. 2023,
  /// arXiv:2310.11454): `rank + out`.
  record Vera(int rank, List<String> targets) implements TuningMethod {}

  /// Learned embeddings before the text (Lester et al. 2021).
  record PromptTuning(int tokens) implements TuningMethod {}

  /// Learned keys and values before the text in every layer (Li and Liang 2021).
  ///
  /// @param hidden width of the network that makes them, 0 if they are learned themselves
  record PrefixTuning(int tokens, int hidden) implements TuningMethod {}

  /// The norms alone (Zhao et al. 2023, arXiv:2312.11420).
  record NormTuning() implements TuningMethod {}

  /// The biases alone (BitFit, Ben Zaken et al. 2021).
  record BiasTuning() implements TuningMethod {}

  /// The method that `text` describes: `lora:r=8,targets=q_proj+v_proj`.
  ///
  /// @throws IllegalArgumentException with one line if it describes none
  static TuningMethod parse(String text) {
    return new TuningMethodText(text).method();
  }

  /// How many parameters of `config` it trains.
  ///
  /// @throws IllegalArgumentException with one line if a target is no matrix of the model, or
  ///   nothing is left to train
  default long trainable(ModelConfig config) {
    return switch (this) {
      case Lora(int rank, var targets) ->
          TargetMatrices.ofLora(config, targets).stream()
              .mapToLong(matrix -> matrix.lora(rank))
              .reduce(0, Math::addExact);
      case Dora(int rank, var targets) ->
          TargetMatrices.of(config, targets, TargetMatrices.QUERY_AND_VALUE).stream()
              .mapToLong(matrix -> Math.addExact(matrix.lora(rank), matrix.allOutputs()))
              .reduce(0, Math::addExact);
      case Ia3(var targets) ->
          TargetMatrices.of(config, targets, TargetMatrices.usualOfIa3(config)).stream()
              .mapToLong(
                  matrix -> matrix.endsFeedForward() ? matrix.allInputs() : matrix.allOutputs())
              .sum();
      case Vera(int rank, var targets) ->
          TargetMatrices.of(config, targets, TargetMatrices.QUERY_AND_VALUE).stream()
              .mapToLong(matrix -> matrix.copies() * rank + matrix.allOutputs())
              .sum();
      case PromptTuning(int tokens) -> (long) tokens * config.width();
      case PrefixTuning(int tokens, int hidden) -> prefix(config, tokens, hidden);
      case NormTuning _ -> norms(config);
      case BiasTuning _ -> biases(config);
    };
  }

  private static long prefix(ModelConfig config, int tokens, int hidden) {
    var attention = config.attention();
    // Of latent attention peft knows the rotated columns as the size of a head.
    long narrow =
        attention
            .latent()
            .map(latent -> (long) attention.keyValueHeads() * latent.ropeSize())
            .orElse((long) attention.keyValueWidth());
    long wide = Math.multiplyExact(2L * config.layers(), narrow);
    if (hidden == 0) {
      return Math.multiplyExact(tokens, wide);
    }
    long first = (narrow + 1) * hidden;
    return Math.addExact(tokens * narrow + first, Math.multiplyExact(hidden + 1L, wide));
  }

  private static long norms(ModelConfig config) {
    return ParameterLayout.of(config).stream()
        .filter(spec -> TargetMatrices.isTunedNorm(config, spec.role()))
        .mapToLong(spec -> spec.shape().elements())
        .sum();
  }

  private static long biases(ModelConfig config) {
    long count =
        ParameterLayout.of(config).stream()
            .filter(spec -> spec.bias())
            .mapToLong(spec -> spec.shape().elements())
            .sum();
    if (count == 0) {
      throw new IllegalArgumentException(
          "a %s model has no biases to train: choose another method, such as lora"
              .formatted(config.family()));
    }
    return count;
  }
}

package dev.fader.inspect.count;

import dev.fader.adapter.AdapterException;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.AdapterCount;
import dev.fader.model.adapter.Ia3Method;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.NormMethod;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// A parameter-efficient tuning method and its number of trainable parameters, counted as in
/// version 0.21 of the peft library on transformers 5.
///
/// `targets` are names of matrices, or suffixes after a dot: `q_proj`, `mlp.c_proj`; `all-linear`
/// means every linear layer of transformers except the head; without targets peft's default for the
/// family applies, or the choice of the method's paper.
///
/// peft sees the experts of a layer as one parameter, not as linear layers: only LoRA adapts them,
/// gate and up together with twice the rank. In a model with experts, dense layers and shared
/// experts with the same names are not adapted.
public sealed interface TuningMethod {
  /// Low-rank adaptation (Hu et al. 2021): `rank * (in + out)` per matrix.
  record Lora(int rank, List<String> targets) implements TuningMethod {}

  /// LoRA with a magnitude for each output (Liu et al. 2024, arXiv:2402.09353).
  record Dora(int rank, List<String> targets) implements TuningMethod {}

  /// A factor for each output of a matrix, or for each input of the last one of a feed-forward
  /// network (Liu et al. 2022, arXiv:2205.05638).
  record Ia3(List<String> targets) implements TuningMethod {}

  /// Random matrices shared by all layers, and two learned vectors for each matrix (Kopiczko et al.
  /// 2023, arXiv:2310.11454): `rank + out`.
  record Vera(int rank, List<String> targets) implements TuningMethod {}

  /// Learned embeddings before the prompt (Lester et al. 2021).
  record PromptTuning(int tokens) implements TuningMethod {}

  /// Learned keys and values before the prompt in every layer (Li and Liang 2021).
  ///
  /// @param hidden width of the network that produces them, 0 for none
  record PrefixTuning(int tokens, int hidden) implements TuningMethod {}

  /// The norms alone (Zhao et al. 2023, arXiv:2312.11420).
  record NormTuning() implements TuningMethod {}

  /// The biases alone (BitFit, Ben Zaken et al. 2021).
  record BiasTuning() implements TuningMethod {}

  /// LoRA with a weight for each rank, of which it keeps those that count (Zhang et al. 2023,
  /// arXiv:2303.10512).
  ///
  /// @param rank before any is taken away
  record AdaLora(int rank, List<String> targets) implements TuningMethod {}

  /// Rows of the embedding for some tokens.
  record TokenTuning(int tokens) implements TuningMethod {}

  /// A method of which an adapter counts its own tensors: LoHa, LoKr, OFT, and full tuning.
  record Described(AdapterConfig config) implements TuningMethod {}

  /// Parses a method: `lora:r=8,targets=q_proj+v_proj`.
  ///
  /// @throws IllegalArgumentException with a one-line message if it is invalid
  static TuningMethod parse(String text) {
    return new TuningMethodText(text).method();
  }

  /// The number of trainable parameters of `config`.
  ///
  /// @throws IllegalArgumentException with a one-line message if a target matches nothing, or there
  ///   is nothing to train
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
      case AdaLora(int rank, var targets) ->
          TargetMatrices.of(config, targets, TargetMatrices.usualOfAdaLora(config)).stream()
              .mapToLong(matrix -> Math.addExact(matrix.lora(rank), matrix.copies() * rank))
              .reduce(0, Math::addExact);
      case TokenTuning(int tokens) -> (long) tokens * config.embeddingWidth();
      case Described(var adapter) -> described(adapter, config);
    };
  }

  /// The number by module, those of all layers together; empty where peft counts otherwise than by
  /// linear layers, as in models with experts.
  ///
  /// @throws IllegalArgumentException if a target matches nothing
  default SequencedMap<String, AdapterCount.Part> byModule(ModelConfig config) {
    var parts = new LinkedHashMap<String, AdapterCount.Part>();
    adapter()
        .ifPresent(adapter -> {
          try {
            parts.putAll(AdapterCount.byModule(adapter, config));
          } catch (AdapterException other) {
            parts.clear(); // its usual targets are those of a paper, which peft has none of
          }
        });
    long sum = parts.values().stream().mapToLong(AdapterCount.Part::parameters).sum();
    return sum == trainable(config) ? parts : new LinkedHashMap<>();
  }

  private Optional<AdapterConfig> adapter() {
    return switch (this) {
      case Lora(int rank, var targets) ->
          Optional.of(TuningMethodText.config(LoraMethod.of(rank, 1), targets));
      case Dora(int rank, var targets) -> {
        var lora = LoraMethod.of(rank, 1);
        var variant = new LoraMethod.Variant(false, true, false, 0);
        yield Optional.of(
            TuningMethodText.config(
                new LoraMethod(lora.ranks(), variant, lora.init(), List.of()), targets));
      }
      case Ia3(var targets) ->
          Optional.of(TuningMethodText.config(new Ia3Method(Optional.empty()), targets));
      case NormTuning() -> Optional.of(TuningMethodText.config(new NormMethod(), List.of()));
      case Described(var config) -> Optional.of(config);
      default -> Optional.empty();
    };
  }

  private static long described(AdapterConfig adapter, ModelConfig config) {
    try {
      return AdapterCount.of(adapter, config);
    } catch (AdapterException wrong) {
      throw new IllegalArgumentException(wrong.getMessage(), wrong);
    }
  }

  private static long prefix(ModelConfig config, int tokens, int hidden) {
    var attention = config.attention();
    // peft takes the rotated columns of latent attention for the head size.
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

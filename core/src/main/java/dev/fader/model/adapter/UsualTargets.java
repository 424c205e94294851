package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.model.ModelConfig;
import java.util.List;

/// The modules that peft 0.21 takes for a method where none are named, by the family of the model.
final class UsualTargets {
  private static final List<String> QUERY_VALUE = List.of("q_proj", "v_proj");

  private UsualTargets() {}

  /// Whether the method changes modules that can be chosen. One that changes parameters of experts
  /// changes no others but those that are named.
  static boolean hasTargets(AdapterConfig config) {
    return switch (config.method()) {
      case PromptMethod _, PrefixMethod _, TokensMethod _, FullMethod _ -> false;
      case LoraMethod lora ->
          lora.parameters().isEmpty()
              || !(config.targets().modules() instanceof ModuleSelection.Usual
                  || config.targets().modules().equals(new ModuleSelection.Names(List.of())));
      default -> true;
    };
  }

  /// @throws AdapterException if peft has no default for the family, and it is asked for
  static List<String> of(AdapterConfig config, ModelConfig model) {
    if (!(config.targets().modules() instanceof ModuleSelection.Usual)) {
      return List.of();
    }
    var names =
        switch (config.method()) {
          case NormMethod _ -> norms(model.family());
          case Ia3Method _ -> scaled(model.family());
          case BiasMethod _ -> values(model.family());
          case AdaLoraMethod _ -> adaptive(model.family());
          default -> lowRank(model.family());
        };
    if (names.isEmpty()) {
      throw new AdapterException(
          "%s has no usual targets in a %s model: name them in `target_modules`, or say %s"
              .formatted(config.method().type(), model.family(), ModuleSelection.ALL_LINEAR));
    }
    return names;
  }

  private static List<String> lowRank(String family) {
    return switch (family) {
      case "gpt2" -> List.of("c_attn");
      case "opt", "llama", "mistral", "mixtral", "gemma2", "gemma3_text", "qwen2", "qwen3" ->
          QUERY_VALUE;
      default -> List.of();
    };
  }

  private static List<String> adaptive(String family) {
    return family.equals("opt")
        ? List.of("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
        : lowRank(family);
  }

  private static List<String> scaled(String family) {
    return switch (family) {
      case "gpt2" -> List.of("c_attn", "mlp.c_proj");
      case "opt" -> List.of("q_proj", "k_proj", "fc2");
      case "llama", "mistral" -> List.of("k_proj", "v_proj", "down_proj");
      case "mixtral" -> List.of("k_proj", "v_proj", "w2");
      case "gemma2", "gemma3_text", "qwen2", "qwen3" -> List.of("q_proj", "v_proj", "down_proj");
      default -> List.of();
    };
  }

  /// Those of them whose input is scaled.
  static List<String> feedForward(String family) {
    return switch (family) {
      case "gpt2" -> List.of("mlp.c_proj");
      case "opt" -> List.of("fc2");
      case "mixtral" -> List.of("w2");
      default -> List.of("down_proj");
    };
  }

  private static List<String> values(String family) {
    return switch (family) {
      case "opt", "llama", "mistral", "mixtral", "gemma2", "gemma3_text", "qwen2", "qwen3" ->
          List.of("v_proj");
      default -> List.of();
    };
  }

  private static List<String> norms(String family) {
    return switch (family) {
      case "gpt2" -> List.of("ln_1", "ln_2", "ln_f");
      case "llama", "mistral" -> List.of("input_layernorm", "post_attention_layernorm", "norm");
      case "gemma2", "gemma3_text" ->
          List.of(
              "input_layernorm",
              "post_attention_layernorm",
              "pre_feedforward_layernorm",
              "post_feedforward_layernorm",
              "norm");
      case "qwen2", "qwen3" -> List.of("post_attention_layernorm");
      default -> List.of();
    };
  }
}

package dev.fader.model.gguf;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Activation;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The architectures of GGUF files, by llama.cpp's names, and the corresponding families.
public enum GgufArchitecture {
  LLAMA("llama", "llama", true),
  QWEN2("qwen2", "qwen2", false),
  QWEN3("qwen3", "qwen3", false),
  QWEN3_MOE("qwen3moe", "qwen3_moe", false),
  GEMMA2("gemma2", "gemma2", false),
  GEMMA3("gemma3", "gemma3_text", false),
  PHI3("phi3", "phi3", false),
  OLMO2("olmo2", "olmo2", false),
  GRANITE("granite", "granite", true),
  SMOLLM3("smollm3", "smollm3", true),
  GPT_OSS("gpt-oss", "gpt_oss", false),
  STARCODER2("starcoder2", "starcoder2", false),
  GPT2("gpt2", "gpt2", false),
  DEEPSEEK2("deepseek2", "deepseek_v3", true);

  private final String label;
  private final String family;
  private final boolean interleaved;

  GgufArchitecture(String label, String family, boolean interleaved) {
    this.label = label;
    this.family = family;
    this.interleaved = interleaved;
  }

  static boolean isKnown(String name) {
    return Arrays.stream(values()).anyMatch(architecture -> architecture.label.equals(name));
  }

  /// The architecture named in the file.
  static GgufArchitecture of(ArchitectureMetadata keys) throws FormatException {
    for (var architecture : values()) {
      if (architecture.label.equals(keys.architecture())) {
        return architecture;
      }
    }
    String known =
        Arrays.stream(values()).map(GgufArchitecture::label).collect(Collectors.joining(", "));
    throw keys.metadata()
        .wrong(
            ArchitectureMetadata.ARCHITECTURE,
            "%s is not known; known are %s"
                .formatted(FormatException.quoted(keys.architecture()), known));
  }

  /// The architecture for models of a family.
  static GgufArchitecture of(ModelConfig config) {
    return find(config)
        .orElseThrow(() ->
            new ModelConfigException(
                "no GGUF file is known for the family '" + config.family() + "'"));
  }

  /// The same, if there is one.
  public static Optional<GgufArchitecture> find(ModelConfig config) {
    return switch (config.family()) {
      case "mistral", "mixtral" -> Optional.of(LLAMA);
      case "deepseek_v2" -> Optional.of(DEEPSEEK2);
      default ->
          Arrays.stream(values())
              .filter(architecture -> architecture.family.equals(config.family()))
              .findFirst();
    };
  }

  /// Its name in files.
  public String label() {
    return label;
  }

  /// The family that usually uses it.
  String family() {
    return family;
  }

  /// Whether rotary pairs are interleaved, and the rows of queries and keys permuted accordingly.
  boolean interleaved() {
    return interleaved;
  }

  /// The period of layers without a window, which are the last of each period: 0 if all layers have
  /// one, 1 if none has.
  int windowPattern() {
    return switch (this) {
      case GEMMA2, GPT_OSS -> 2;
      case GEMMA3 -> 6;
      case LLAMA, PHI3, STARCODER2 -> 0;
      case QWEN2, QWEN3, QWEN3_MOE, OLMO2, GRANITE, SMOLLM3, GPT2, DEEPSEEK2 -> 1;
    };
  }

  /// The activation, which files do not name.
  Activation activation() {
    return switch (this) {
      case GEMMA2, GEMMA3, GPT2, STARCODER2 -> Activation.GELU_TANH;
      default -> Activation.SILU;
    };
  }

  boolean isGemma() {
    return this == GEMMA2 || this == GEMMA3;
  }
}

package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Activation;

/// The activations by the names that transformers uses, and `drelu`, which it does not know.
final class ActivationNames {
  private static final String KNOWN =
      "gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, silu, swish, quick_gelu, relu, relu2, drelu";

  private ActivationNames() {}

  static Activation read(ConfigFields config, String field, String otherwise)
      throws FormatException {
    String name = config.text(field).orElse(otherwise);
    return switch (name) {
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
      case "silu", "swish" -> Activation.SILU;
      case "quick_gelu" -> Activation.QUICK_GELU;
      case "relu" -> Activation.RELU;
      case "relu2" -> Activation.RELU_SQUARED;
      case "drelu" -> Activation.DOUBLE_RELU;
      default ->
          throw config.wrong(
              field,
              "unknown activation %s; known are %s".formatted(FormatException.quoted(name), KNOWN));
    };
  }
}

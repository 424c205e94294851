package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/// What the factors of LoRA begin with.
public enum LoraInit {
  /// A uniform, B zero: nothing changes at first.
  USUAL,
  /// A normal with a deviation of `1 / rank`, B zero.
  GAUSSIAN,
  /// Both random, and orthogonal to each other.
  ORTHOGONAL,
  /// Both random, for tests.
  RANDOM;

  private static final String FIELD = "init_lora_weights";

  /// @throws FormatException if the base model was changed with it, or it is unknown
  static LoraInit read(AdapterFields fields) throws FormatException {
    var value = fields.any(FIELD);
    if (value.isBoolean()) {
      return value.booleanValue() ? USUAL : RANDOM;
    }
    String text = fields.text(FIELD).orElse("true").toLowerCase(Locale.ROOT);
    return switch (text) {
      case "true", "eva", "loftq", "mica" -> USUAL;
      case "gaussian" -> GAUSSIAN;
      case "orthogonal" -> ORTHOGONAL;
      default ->
          throw fields.wrong(
              FIELD,
              "is %s, which changes the base model, too: save the adapter again with peft's `path_initial_model_for_weight_conversion`"
                  .formatted(FormatException.quoted(text)));
    };
  }

  void write(ObjectNode json) {
    switch (this) {
      case USUAL -> json.put(FIELD, true);
      case RANDOM -> json.put(FIELD, false);
      case GAUSSIAN, ORTHOGONAL -> json.put(FIELD, name().toLowerCase(Locale.ROOT));
    }
  }

  InitialValue down(BaseModule module, long in, int rank) {
    return switch (this) {
      case USUAL, RANDOM -> InitialValue.linear(in);
      case GAUSSIAN -> new InitialValue.Normal(1.0 / rank);
      case ORTHOGONAL -> new InitialValue.Orthogonal(module.name(), false);
    };
  }

  InitialValue up(BaseModule module, int rank) {
    return switch (this) {
      case USUAL, GAUSSIAN -> InitialValue.ZERO;
      case RANDOM -> InitialValue.linear(rank);
      case ORTHOGONAL -> new InitialValue.Orthogonal(module.name(), true);
    };
  }
}

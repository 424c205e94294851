package dev.fader.model;

import dev.fader.format.FormatException;
import tools.jackson.databind.node.ObjectNode;

/// How `config.json` says rotary positions: `rope_parameters` since transformers 5, before that
/// `rope_theta` beside `rope_scaling`. Both are read, the new one is written.
final class RotaryDialect {
  private static final double DEFAULT_THETA = 10_000;
  private static final String KNOWN = "default, linear, llama3, yarn";

  private RotaryDialect() {}

  static Positions.Rotary read(ConfigFields config, int context) throws FormatException {
    if (config.numberOr("partial_rotary_factor", 1) != 1) {
      throw config.wrong(
          "partial_rotary_factor", "turns only a part of each head, which no family here does");
    }
    String field = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    var rope = config.fields(field);
    double outer = config.positiveOr("rope_theta", DEFAULT_THETA);
    if (rope.isEmpty()) {
      return new Positions.Rotary(outer, new RotaryScaling.None());
    }
    double inner = rope.get().positiveOr("rope_theta", outer);
    if (config.has("rope_theta") && inner != outer) {
      throw config.wrong(
          "rope_theta", "is %s, but %s in %s: remove one".formatted(outer, inner, field));
    }
    return new Positions.Rotary(inner, readScaling(rope.get(), config, context));
  }

  private static RotaryScaling readScaling(ConfigFields rope, ConfigFields config, int context)
      throws FormatException {
    if (rope.numberOr("partial_rotary_factor", 1) != 1) {
      throw rope.wrong(
          "partial_rotary_factor", "turns only a part of each head, which no family here does");
    }
    String field = rope.has("rope_type") ? "rope_type" : "type";
    String type = rope.text(field).orElse("default");
    int original =
        config
            .optionalSize("original_max_position_embeddings")
            .orElse(rope.sizeOr("original_max_position_embeddings", context));
    return switch (type) {
      case "default" -> new RotaryScaling.None();
      case "linear" -> new RotaryScaling.Linear(rope.positive("factor"));
      case "llama3" -> readLlama3(rope, original);
      case "yarn" -> readYarn(rope, original, context);
      default ->
          throw rope.wrong(
              field,
              "unknown kind %s; known are %s".formatted(FormatException.quoted(type), KNOWN));
    };
  }

  private static RotaryScaling readLlama3(ConfigFields rope, int original) throws FormatException {
    double low = rope.positive("low_freq_factor");
    double high = rope.positive("high_freq_factor");
    if (high <= low) {
      throw rope.wrong(
          "high_freq_factor", "is %s, and must be above low_freq_factor %s".formatted(high, low));
    }
    return new RotaryScaling.Llama3(rope.positive("factor"), low, high, original);
  }

  private static RotaryScaling readYarn(ConfigFields rope, int original, int context)
      throws FormatException {
    if (!rope.flag("truncate", true)) {
      throw rope.wrong("truncate", "is false, which is not supported");
    }
    double factor = rope.positiveOr("factor", (double) context / original);
    double attention = rope.numberOr("attention_factor", 0);
    double scale = rope.numberOr("mscale", 0);
    double scaleOfAll = rope.numberOr("mscale_all_dim", 0);
    if (attention == 0 && scale != 0 && scaleOfAll != 0) {
      attention = yarnAttention(factor, scale) / yarnAttention(factor, scaleOfAll);
    }
    return new RotaryScaling.Yarn(
        factor,
        rope.positiveOr("beta_fast", 32),
        rope.positiveOr("beta_slow", 1),
        original,
        attention);
  }

  /// YaRN's equation 22 with the weight that DeepSeek gave it.
  private static double yarnAttention(double factor, double weight) {
    return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
  }

  static void write(Positions.Rotary rotary, ObjectNode config) {
    var rope = config.putObject("rope_parameters");
    rope.put("rope_theta", rotary.theta());
    switch (rotary.scaling()) {
      case RotaryScaling.None() -> rope.put("rope_type", "default");
      case RotaryScaling.Linear(double factor) ->
          rope.put("rope_type", "linear").put("factor", factor);
      case RotaryScaling.Llama3(double factor, double low, double high, int original) ->
          rope.put("rope_type", "llama3")
              .put("factor", factor)
              .put("low_freq_factor", low)
              .put("high_freq_factor", high)
              .put("original_max_position_embeddings", original);
      case RotaryScaling.Yarn(
              double factor,
              double fast,
              double slow,
              int original,
              double attention) -> {
        rope.put("rope_type", "yarn")
            .put("factor", factor)
            .put("beta_fast", fast)
            .put("beta_slow", slow)
            .put("original_max_position_embeddings", original);
        if (attention != 0) {
          rope.put("attention_factor", attention);
        }
      }
    }
  }
}

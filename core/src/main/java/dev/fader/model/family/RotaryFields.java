package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Rotary positions in `config.json`: `rope_parameters` since transformers 5, before that
/// `rope_theta` and `rope_scaling`. Both are read, the new one is written.
final class RotaryFields {
  static final double THETA = 10_000;
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String KNOWN = "default, linear, dynamic, llama3, yarn, longrope";

  private RotaryFields() {}

  /// Defaults for missing fields.
  ///
  /// @param context the maximum sequence length
  /// @param original the default context length of pretraining
  /// @param headSize columns of a head
  /// @param theta the default base
  record Defaults(int context, int original, int headSize, double theta) {}

  static Positions.Rotary read(ConfigFields config, Defaults defaults) throws FormatException {
    String field = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    var rope = config.fields(field);
    double outer = config.positiveOr("rope_theta", defaults.theta());
    int size = size(config, defaults.headSize());
    if (rope.isEmpty()) {
      return new Positions.Rotary(outer, new RotaryScaling.None()).withSize(size);
    }
    double inner = rope.get().positiveOr("rope_theta", outer);
    if (config.has("rope_theta") && inner != outer) {
      throw config.wrong(
          "rope_theta", "is %s, but %s in %s: remove one".formatted(outer, inner, field));
    }
    var scaling = scaling(rope.get(), config, defaults);
    int innerSize = rope.get().has(PARTIAL) ? size(rope.get(), defaults.headSize()) : size;
    return new Positions.Rotary(inner, scaling).withSize(innerSize);
  }

  /// For families whose classes in transformers always rotate whole heads.
  ///
  /// @throws FormatException if the file says otherwise
  static void requireWhole(ConfigFields config) throws FormatException {
    double part = config.positiveOr(PARTIAL, 1);
    if (part != 1) {
      throw config.wrong(PARTIAL, "is %s, and this family rotates whole heads".formatted(part));
    }
    for (String inner :
        List.of("rope_parameters", "rope_scaling", LayerTypes.FULL, LayerTypes.SLIDING)) {
      if (config.object().path(inner).isObject()) {
        requireWhole(config.fields(inner).orElseThrow());
      }
    }
  }

  /// The number of rotated columns of a head: a fraction, rounded down; 0 for all.
  private static int size(ConfigFields config, int headSize) throws FormatException {
    double part = config.positiveOr(PARTIAL, 1);
    int size = (int) Math.min(headSize * part, Integer.MAX_VALUE);
    if (part == 1) {
      return 0;
    }
    if (part > 1 || size < 2 || size % 2 != 0) {
      throw config.wrong(
          PARTIAL,
          "is %s, which rotates %d of a head's %d columns, and must rotate an even number of them"
              .formatted(part, size, headSize));
    }
    return size == headSize ? 0 : size;
  }

  /// The scaling described by the fields of `rope`.
  static RotaryScaling scaling(ConfigFields rope, ConfigFields config, Defaults defaults)
      throws FormatException {
    String field = rope.has("rope_type") ? "rope_type" : "type";
    String type = rope.text(field).orElse("default");
    int original = config.sizeOr(ORIGINAL, rope.sizeOr(ORIGINAL, defaults.original()));
    return switch (type) {
      // dynamic scaling starts only beyond the context
      case "default", "dynamic" -> new RotaryScaling.None();
      case "linear" -> new RotaryScaling.Linear(rope.positive("factor"));
      case "llama3" -> readLlama3(rope, original);
      case "yarn" -> readYarn(rope, original, defaults.context());
      case "longrope", "su" -> readLongrope(rope, original, defaults.context());
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
        attention,
        rope.flag("truncate", true));
  }

  /// YaRN's equation 22 with DeepSeek's weight.
  static double yarnAttention(double factor, double weight) {
    return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
  }

  /// The default attention factor, as in LongRoPE's program.
  private static RotaryScaling readLongrope(ConfigFields rope, int original, int context)
      throws FormatException {
    double factor = rope.positiveOr("factor", (double) context / original);
    double usual =
        factor <= 1 || original == 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    return new RotaryScaling.Longrope(
        rope.positives("short_factor"),
        rope.positives("long_factor"),
        original,
        rope.positiveOr("attention_factor", usual));
  }

  static void write(Positions.Rotary rotary, int headSize, ObjectNode config) {
    var rope = config.putObject("rope_parameters");
    write(rotary.rope(), rope);
    if (rotary.size() != 0) {
      rope.put(PARTIAL, fraction(rotary.size(), headSize));
    }
  }

  /// A fraction of `headSize` that rounds down to `size`.
  private static double fraction(int size, int headSize) {
    double fraction = (double) size / headSize;
    return (int) (headSize * fraction) == size ? fraction : (size + 0.5) / headSize;
  }

  static void write(Positions.RopeParameters parameters, ObjectNode rope) {
    rope.put("rope_theta", parameters.theta());
    switch (parameters.scaling()) {
      case RotaryScaling.None() -> rope.put("rope_type", "default");
      case RotaryScaling.Linear(double factor) ->
          rope.put("rope_type", "linear").put("factor", factor);
      case RotaryScaling.Llama3(double factor, double low, double high, int original) ->
          rope.put("rope_type", "llama3")
              .put("factor", factor)
              .put("low_freq_factor", low)
              .put("high_freq_factor", high)
              .put(ORIGINAL, original);
      case RotaryScaling.Yarn yarn -> {
        rope.put("rope_type", "yarn")
            .put("factor", yarn.factor())
            .put("beta_fast", yarn.betaFast())
            .put("beta_slow", yarn.betaSlow())
            .put(ORIGINAL, yarn.originalContext());
        if (yarn.attentionFactor() != 0) {
          rope.put("attention_factor", yarn.attentionFactor());
        }
        if (!yarn.truncated()) {
          rope.put("truncate", false);
        }
      }
      case RotaryScaling.Longrope longrope -> {
        rope.put("rope_type", "longrope")
            .put(ORIGINAL, longrope.originalContext())
            .put("attention_factor", longrope.attentionFactor());
        longrope.shortFactors().forEach(rope.putArray("short_factor")::add);
        longrope.longFactors().forEach(rope.putArray("long_factor")::add);
      }
    }
  }
}

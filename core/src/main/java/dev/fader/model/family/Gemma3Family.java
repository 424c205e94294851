package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// The text model of Gemma 3 (Gemma team 2025): Gemma 2 without soft caps, with normalized query
/// and key heads, and with another rotary base in layers with a window.
final class Gemma3Family extends Family {
  private static final double THETA = 1_000_000;
  private static final LlamaFields FIELDS =
      new LlamaFields(
              Map.of(
                  "vocab_size", 262_208,
                  "hidden_size", 2304,
                  "intermediate_size", 9216,
                  "num_hidden_layers", 26,
                  "num_attention_heads", 8,
                  "num_key_value_heads", 4,
                  "head_dim", 256,
                  "max_position_embeddings", 131_072,
                  "tie_word_embeddings", true))
          .withTheta(THETA);

  Gemma3Family() {
    super("gemma3_text", "Gemma3ForCausalLM", Gemma2Family.NAMES);
  }

  private static final double WINDOW_THETA = 10_000;

  /// Since transformers 5 there is one object for each type of layer; before, `rope_scaling`
  /// applied to layers without a window, and `rope_local_base_freq` was the base of the others.
  private static Positions positions(ConfigFields config, ModelConfig plain)
      throws FormatException {
    var defaults =
        new RotaryFields.Defaults(
            plain.context(), plain.context(), plain.attention().headSize(), THETA);
    var rope = config.fields("rope_parameters");
    boolean nested =
        rope.isPresent() && (rope.get().has(LayerTypes.FULL) || rope.get().has(LayerTypes.SLIDING));
    double local = config.positiveOr("rope_local_base_freq", WINDOW_THETA);
    if (!nested) {
      var window = new Positions.RopeParameters(local, new RotaryScaling.None());
      return RotaryFields.read(config, defaults).withWindowRope(window);
    }
    var full = ropeParameters(rope.get(), LayerTypes.FULL, config, defaults);
    var windowDefaults =
        new RotaryFields.Defaults(
            defaults.context(), defaults.original(), defaults.headSize(), local);
    return new Positions.Rotary(full.theta(), full.scaling())
        .withWindowRope(ropeParameters(rope.get(), LayerTypes.SLIDING, config, windowDefaults));
  }

  private static Positions.RopeParameters ropeParameters(
      ConfigFields rope, String kind, ConfigFields config, RotaryFields.Defaults defaults)
      throws FormatException {
    var fields = rope.fields(kind);
    if (fields.isEmpty()) {
      return new Positions.RopeParameters(defaults.theta(), new RotaryScaling.None());
    }
    return new Positions.RopeParameters(
        fields.get().positiveOr("rope_theta", defaults.theta()),
        RotaryFields.scaling(fields.get(), config, defaults));
  }

  /// transformers reads attn_logit_softcapping but ignores it.
  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = Gemma2Family.read(config, FIELDS.read(config, this), 0);
    int pattern = config.sizeOr("sliding_window_pattern", 6);
    int window = LlamaFields.window(config, 4096);
    return plain
        .withAttention(
            plain
                .attention()
                .withQueryKeyNorm(ModelConfig.QueryKeyNorm.EACH_HEAD)
                .withWindows(
                    LayerTypes.windows(
                        config, plain.layers(), window, layer -> (layer + 1) % pattern != 0)))
        .withPositions(positions(config, plain));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    Gemma2Family.writeGemma(model, config);
    var rotary = (Positions.Rotary) model.positions();
    var rope = config.putObject("rope_parameters");
    RotaryFields.write(rotary.rope(), rope.putObject(LayerTypes.FULL));
    rotary
        .windowRope()
        .ifPresent(window -> RotaryFields.write(window, rope.putObject(LayerTypes.SLIDING)));
  }
}

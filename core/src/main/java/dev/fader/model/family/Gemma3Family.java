package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// The text part of Gemma 3 (Gemma team 2025): Gemma 2 without caps, with normalised query and key
/// heads, and with shorter wavelengths in the layers with a window.
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

  /// Since transformers 5 one object for each kind of layer; before that `rope_scaling` was for
  /// layers without a window, and `rope_local_base_freq` the base of the others.
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
      var waves = new Positions.Waves(local, new RotaryScaling.None());
      return RotaryFields.read(config, defaults).withWindowWaves(waves);
    }
    var full = waves(rope.get(), LayerTypes.FULL, config, defaults);
    var windowDefaults =
        new RotaryFields.Defaults(
            defaults.context(), defaults.original(), defaults.headSize(), local);
    return new Positions.Rotary(full.theta(), full.scaling())
        .withWindowWaves(waves(rope.get(), LayerTypes.SLIDING, config, windowDefaults));
  }

  private static Positions.Waves waves(
      ConfigFields rope, String kind, ConfigFields config, RotaryFields.Defaults defaults)
      throws FormatException {
    var fields = rope.fields(kind);
    if (fields.isEmpty()) {
      return new Positions.Waves(defaults.theta(), new RotaryScaling.None());
    }
    return new Positions.Waves(
        fields.get().positiveOr("rope_theta", defaults.theta()),
        RotaryFields.scaling(fields.get(), config, defaults));
  }

  /// transformers knows `attn_logit_softcapping` here as well, and does nothing about it.
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
    RotaryFields.write(rotary.waves(), rope.putObject(LayerTypes.FULL));
    rotary
        .windowWaves()
        .ifPresent(waves -> RotaryFields.write(waves, rope.putObject(LayerTypes.SLIDING)));
  }
}

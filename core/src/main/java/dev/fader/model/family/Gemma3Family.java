package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// The text part of Gemma 3 (Gemma team 2025): Gemma 2 without caps, with normalised query and key
/// heads, and with shorter wavelengths in the layers with a window.
final class Gemma3Family extends Family {
  Gemma3Family() {
    super("gemma3_text", "Gemma3ForCausalLM", Gemma2Family.NAMES);
  }

  private static final double THETA = 1_000_000;
  private static final double WINDOW_THETA = 10_000;

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          "vocab_size", 262_208,
          "hidden_size", 2304,
          "intermediate_size", 9216,
          "num_hidden_layers", 26,
          "num_attention_heads", 8,
          "num_key_value_heads", 4,
          "head_dim", 256,
          "max_position_embeddings", 131_072,
          "tie_word_embeddings", true);

  /// Since transformers 5 one object for each kind of layer; before that `rope_scaling` was for
  /// layers without a window, and `rope_local_base_freq` the base of the others.
  private static Positions positions(ConfigFields config, ModelConfig plain)
      throws FormatException {
    var frame =
        new RotaryFields.Frame(
            plain.context(), plain.context(), plain.attention().headSize(), THETA);
    var rope = config.fields("rope_parameters");
    boolean nested =
        rope.isPresent()
            && (has(rope.get(), LayerTypes.FULL) || has(rope.get(), LayerTypes.SLIDING));
    double local = config.positiveOr("rope_local_base_freq", WINDOW_THETA);
    if (!nested) {
      var waves = new Positions.Waves(local, new RotaryScaling.None());
      return RotaryFields.read(config, frame).withWindowWaves(waves);
    }
    var full = waves(rope.get(), LayerTypes.FULL, config, frame);
    var windowFrame =
        new RotaryFields.Frame(frame.context(), frame.original(), frame.headSize(), local);
    return new Positions.Rotary(full.theta(), full.scaling())
        .withWindowWaves(waves(rope.get(), LayerTypes.SLIDING, config, windowFrame));
  }

  private static boolean has(ConfigFields rope, String kind) {
    return rope.has(kind);
  }

  private static Positions.Waves waves(
      ConfigFields rope, String kind, ConfigFields config, RotaryFields.Frame frame)
      throws FormatException {
    var fields = rope.fields(kind);
    if (fields.isEmpty()) {
      return new Positions.Waves(frame.theta(), new RotaryScaling.None());
    }
    return new Positions.Waves(
        fields.get().positiveOr("rope_theta", frame.theta()),
        RotaryFields.scaling(fields.get(), config, frame));
  }

  /// transformers knows `attn_logit_softcapping` here as well, and does nothing about it.
  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = Gemma2Family.read(config, this, new Defaults(DEFAULTS, THETA));
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
        .withEmbedding(
            new ModelConfig.Embedding(
                plain.embedding().tied(),
                plain.embedding().scale(),
                LlamaFields.softCap(config, "final_logit_softcapping", 0)))
        .withPositions(positions(config, plain));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    Gemma2Family.writeGemma(model, config);
    var rotary = (Positions.Rotary) model.positions();
    var rope = config.putObject("rope_parameters");
    RotaryFields.write(rotary.waves(), rope.putObject(LayerTypes.FULL));
    rotary
        .windowWaves()
        .ifPresent(waves -> RotaryFields.write(waves, rope.putObject(LayerTypes.SLIDING)));
  }
}

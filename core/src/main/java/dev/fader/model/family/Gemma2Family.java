package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Collections;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Gemma 2 (Gemma team 2024): norms around attention and feed-forward, soft caps, every other layer
/// with a window.
final class Gemma2Family extends Family {
  static final ParameterNames NAMES =
      LlamaFamily.NAMES.with(
          Map.of(
              Role.AFTER_ATTENTION_NORM, "model.layers.%d.post_attention_layernorm",
              Role.FEED_FORWARD_NORM, "model.layers.%d.pre_feedforward_layernorm",
              Role.AFTER_FEED_FORWARD_NORM, "model.layers.%d.post_feedforward_layernorm"));

  Gemma2Family() {
    super("gemma2", "Gemma2ForCausalLM", NAMES);
  }

  static final Map<String, Object> DEFAULTS =
      Map.of("num_key_value_heads", 4, "head_dim", 256, "tie_word_embeddings", true);

  /// What Gemma 2 and 3 have in common.
  static ModelConfig read(ConfigFields config, Family family, Defaults defaults)
      throws FormatException {
    var plain = LlamaFields.read(config, family, defaults);
    boolean bias = config.flag("attention_bias", false);
    double scalar = config.positiveOr("query_pre_attn_scalar", 256);
    return plain
        .withAttention(
            plain.attention().withBias(bias, bias).withScores((float) (1 / Math.sqrt(scalar)), 0))
        .withFeedForward(
            plain
                .feedForward()
                .withActivation(
                    ActivationNames.read(config, "hidden_activation", "gelu_pytorch_tanh"), true))
        .withNorm(new ModelConfig.Norm(Normalization.Kind.RMS, plain.norm().epsilon(), 1, true))
        .withEmbedding(
            new ModelConfig.Embedding(
                plain.embedding().tied(), (float) Math.sqrt(plain.width()), 0));
  }

  static void writeGemma(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    config.set("hidden_activation", config.remove("hidden_act"));
    var attention = model.attention();
    double scale = attention.scale();
    config
        .put("attention_bias", attention.inputBias())
        .put("query_pre_attn_scalar", Math.round(1 / (scale * scale)));
    LlamaFields.writeSoftCap(config, "final_logit_softcapping", model.embedding().logitSoftCap());
    int window = Collections.max(attention.windows());
    // transformers wants a window even where no layer has one
    config.put("sliding_window", window > 0 ? window : model.context());
    LayerTypes.write(model, config);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = read(config, this, new Defaults(DEFAULTS));
    int window = LlamaFields.window(config, 4096);
    float cap = LlamaFields.softCap(config, "attn_logit_softcapping", 50);
    return plain
        .withAttention(
            plain
                .attention()
                .withScores(plain.attention().scale(), cap)
                .withWindows(
                    LayerTypes.windows(config, plain.layers(), window, layer -> layer % 2 == 0)))
        .withEmbedding(
            new ModelConfig.Embedding(
                plain.embedding().tied(),
                plain.embedding().scale(),
                LlamaFields.softCap(config, "final_logit_softcapping", 30)));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    writeGemma(model, config);
    LlamaFields.writeSoftCap(config, "attn_logit_softcapping", model.attention().softCap());
    RotaryFields.write((Positions.Rotary) model.positions(), model.attention().headSize(), config);
  }
}

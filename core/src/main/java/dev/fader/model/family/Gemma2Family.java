package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import java.util.Collections;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Gemma 2 (Gemma team 2024): norms before and after attention and feed-forward, soft caps, a
/// window in every other layer.
final class Gemma2Family extends Family {
  static final ParameterNames NAMES =
      LlamaFamily.NAMES.with(
          Map.of(
              Role.AFTER_ATTENTION_NORM, "model.layers.%d.post_attention_layernorm",
              Role.FEED_FORWARD_NORM, "model.layers.%d.pre_feedforward_layernorm",
              Role.AFTER_FEED_FORWARD_NORM, "model.layers.%d.post_feedforward_layernorm"));

  private static final LlamaFields FIELDS =
      new LlamaFields(
          Map.of("num_key_value_heads", 4, "head_dim", 256, "tie_word_embeddings", true));

  Gemma2Family() {
    super("gemma2", "Gemma2ForCausalLM", NAMES);
  }

  /// The common part of Gemma 2 and 3.
  ///
  /// @param plain the Llama that `config` describes
  /// @param logitSoftCap the default
  static ModelConfig read(ConfigFields config, ModelConfig plain, double logitSoftCap)
      throws FormatException {
    boolean bias = config.flag("attention_bias", false);
    double scalar = config.positiveOr("query_pre_attn_scalar", 256);
    var attention = plain.attention();
    var scores = attention.scores().withScale((float) (1 / Math.sqrt(scalar)));
    return plain
        .withAttention(attention.withBias(bias, bias).withScores(scores))
        .withFeedForward(
            plain
                .feedForward()
                .withActivation(
                    ActivationNames.read(config, "hidden_activation", "gelu_pytorch_tanh"), true))
        .withNorm(new ModelConfig.Norm(Normalization.Kind.RMS, plain.norm().epsilon(), 1, true))
        .withEmbedding(
            new ModelConfig.Embedding(
                plain.embedding().tied(),
                (float) Math.sqrt(plain.width()),
                LlamaFields.softCap(config, "final_logit_softcapping", logitSoftCap)));
  }

  /// Changes the fields of a Llama into those that Gemma 2 and 3 share.
  static void writeGemma(ModelConfig model, ObjectNode config) {
    config.set("hidden_activation", config.remove("hidden_act"));
    var attention = model.attention();
    double scale = attention.scores().scale();
    config
        .put("attention_bias", attention.inputBias())
        .put("query_pre_attn_scalar", Math.round(1 / (scale * scale)));
    LlamaFields.writeSoftCap(config, "final_logit_softcapping", model.embedding().logitSoftCap());
    int window = Collections.max(attention.windows());
    // transformers requires a window even if no layer has one
    config.put("sliding_window", window > 0 ? window : model.context());
    LayerTypes.write(model, config);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = read(config, FIELDS.read(config, this), 30);
    var attention = plain.attention();
    int window = LlamaFields.window(config, 4096);
    float cap = LlamaFields.softCap(config, "attn_logit_softcapping", 50);
    return plain.withAttention(
        attention
            .withScores(attention.scores().withSoftCap(cap))
            .withWindows(
                LayerTypes.windows(config, plain.layers(), window, layer -> layer % 2 == 0)));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    writeGemma(model, config);
    LlamaFields.writeSoftCap(
        config, "attn_logit_softcapping", model.attention().scores().softCap());
    RotaryFields.write((Positions.Rotary) model.positions(), model.attention().headSize(), config);
  }
}

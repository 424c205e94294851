package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// GPT-2 (Radford et al. 2019): its own names, learned positions, LayerNorm, biases everywhere.
final class Gpt2Family extends Family {
  static final ParameterNames NAMES =
      new ParameterNames(
          "gpt2",
          Map.ofEntries(
              Map.entry(Role.TOKEN_EMBEDDING, "transformer.wte"),
              Map.entry(Role.POSITION_EMBEDDING, "transformer.wpe"),
              Map.entry(Role.ATTENTION_NORM, "transformer.h.%d.ln_1"),
              Map.entry(Role.QUERY_KEY_VALUE, "transformer.h.%d.attn.c_attn"),
              Map.entry(Role.ATTENTION_OUTPUT, "transformer.h.%d.attn.c_proj"),
              Map.entry(Role.FEED_FORWARD_NORM, "transformer.h.%d.ln_2"),
              Map.entry(Role.UP, "transformer.h.%d.mlp.c_fc"),
              Map.entry(Role.DOWN, "transformer.h.%d.mlp.c_proj"),
              Map.entry(Role.FINAL_NORM, "transformer.ln_f"),
              Map.entry(Role.HEAD, "lm_head")),
          true,
          Set.of());

  Gpt2Family() {
    super("gpt2", "GPT2LMHeadModel", NAMES);
  }

  private static final double DEFAULT_EPSILON = 1e-5;
  private static final int FEED_FORWARD_RATIO = 4;

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    if (config.flag("add_cross_attention", false)) {
      throw config.wrong("add_cross_attention", "is true, which is not supported");
    }
    int width = config.size("n_embd");
    int layers = HuggingFaceConfig.layers(config, "n_layer");
    var attention = attention(config, width, layers);
    return new ModelConfig(
        names(),
        config.size("vocab_size"),
        config.size("n_positions"),
        width,
        layers,
        HuggingFaceConfig.sharedLayers(config),
        attention.withScores(
            attention
                .scores()
                .withScaledByLayer(config.flag("scale_attn_by_inverse_layer_idx", false))),
        new ModelConfig.FeedForward(
            config.sizeOr("n_inner", Math.multiplyExact(FEED_FORWARD_RATIO, width)),
            ActivationNames.read(config, "activation_function", "gelu_new"),
            false,
            true),
        new ModelConfig.Norm(
            Normalization.Kind.LAYER,
            (float) config.positiveOr("layer_norm_epsilon", DEFAULT_EPSILON),
            0,
            false),
        new Positions.Learned(),
        new ModelConfig.Embedding(config.flag("tie_word_embeddings", true), 1, 0),
        HuggingFaceConfig.specialTokens(config),
        HuggingFaceConfig.initializerRange(config));
  }

  /// The attention of GPT and GPT-2.
  static ModelConfig.Attention attention(ConfigFields config, int width, int layers)
      throws FormatException {
    int heads = config.size("n_head");
    int headSize = HuggingFaceConfig.headSize(config, width, heads, "n_embd");
    boolean scaled = config.flag("scale_attn_weights", true);
    return new ModelConfig.Attention(
        heads,
        heads,
        headSize,
        true,
        true,
        false,
        scaled ? (float) (1 / Math.sqrt(headSize)) : 1,
        0,
        Collections.nCopies(layers, 0));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    writeSizes(model, config);
    if (model.feedForward().width() == (long) FEED_FORWARD_RATIO * model.width()) {
      config.putNull("n_inner");
    } else {
      config.put("n_inner", model.feedForward().width());
    }
    Activation activation = model.feedForward().activation();
    config
        .put(
            "activation_function",
            activation == Activation.GELU_TANH ? "gelu_new" : activation.title())
        .put("layer_norm_epsilon", HuggingFaceConfig.decimal(model.norm().epsilon()))
        .put(
            "scale_attn_weights",
            model.attention().headSize() == 1 || model.attention().scores().scale() != 1)
        .put("scale_attn_by_inverse_layer_idx", model.attention().scores().scaledByLayer());
  }

  static void writeSizes(ModelConfig model, ObjectNode config) {
    config
        .put("n_positions", model.context())
        .put("n_embd", model.width())
        .put("n_layer", model.layers())
        .put("n_head", model.attention().heads())
        .put("attn_pdrop", 0.0)
        .put("embd_pdrop", 0.0)
        .put("resid_pdrop", 0.0);
  }
}

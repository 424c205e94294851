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

/// OPT (Zhang et al. 2022): GPT-2 with ReLU and a matrix for each projection. Its 350M model has
/// norms after the sums, and a factorised embedding.
final class OptFamily extends Family {
  private static final String LAYER = "model.decoder.layers.%d.";

  private static final ParameterNames NAMES =
      new ParameterNames(
          "opt",
          Map.ofEntries(
              Map.entry(Role.TOKEN_EMBEDDING, "model.decoder.embed_tokens"),
              Map.entry(Role.EMBEDDING_PROJECTION, "model.decoder.project_in"),
              Map.entry(Role.POSITION_EMBEDDING, "model.decoder.embed_positions"),
              Map.entry(Role.ATTENTION_NORM, LAYER + "self_attn_layer_norm"),
              Map.entry(Role.AFTER_ATTENTION_NORM, LAYER + "self_attn_layer_norm"),
              Map.entry(Role.QUERY, LAYER + "self_attn.q_proj"),
              Map.entry(Role.KEY, LAYER + "self_attn.k_proj"),
              Map.entry(Role.VALUE, LAYER + "self_attn.v_proj"),
              Map.entry(Role.ATTENTION_OUTPUT, LAYER + "self_attn.out_proj"),
              Map.entry(Role.FEED_FORWARD_NORM, LAYER + "final_layer_norm"),
              Map.entry(Role.AFTER_FEED_FORWARD_NORM, LAYER + "final_layer_norm"),
              Map.entry(Role.UP, LAYER + "fc1"),
              Map.entry(Role.DOWN, LAYER + "fc2"),
              Map.entry(Role.FINAL_NORM, "model.decoder.final_layer_norm"),
              Map.entry(Role.HEAD_PROJECTION, "model.decoder.project_out"),
              Map.entry(Role.HEAD, "lm_head")));

  /// Rows of the table of positions before that of the first: fairseq kept the row of the padding
  /// token, 1, and those before it, free.
  static final int FIRST_POSITION = 2;

  private static final String WIDTH = "hidden_size";
  private static final String NORM_FIRST = "do_layer_norm_before";
  private static final String NO_LAST_NORM = "_remove_final_layer_norm";
  private static final String COLUMNS = "word_embed_proj_dim";
  private static final double DEVIATION = 0.02;

  /// That of `LayerNorm` in PyTorch, which the file does not say.
  private static final float EPSILON = 1e-5f;

  OptFamily() {
    super("opt", "OPTForCausalLM", NAMES);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    int width = config.size(WIDTH);
    int layers = HuggingFaceConfig.layers(config, "num_hidden_layers");
    int heads = config.size("num_attention_heads");
    int headSize = HuggingFaceConfig.headSize(config, width, heads, WIDTH);
    boolean bias = config.flag("enable_bias", true);
    boolean before = config.flag(NORM_FIRST, true);
    requireNorms(config, before);
    int columns = config.sizeOr(COLUMNS, width);
    return new ModelConfig(
        names(),
        config.size("vocab_size"),
        config.size("max_position_embeddings"),
        width,
        layers,
        HuggingFaceConfig.sharedLayers(config),
        new ModelConfig.Attention(
            heads,
            heads,
            headSize,
            bias,
            bias,
            false,
            (float) (1 / Math.sqrt(headSize)),
            0,
            Collections.nCopies(layers, 0)),
        new ModelConfig.FeedForward(
            config.size("ffn_dim"),
            ActivationNames.read(config, "activation_function", "relu"),
            false,
            bias),
        new ModelConfig.Norm(
            Normalization.Kind.LAYER,
            EPSILON,
            0,
            before ? ModelConfig.Placement.BEFORE : ModelConfig.Placement.AFTER_SUM,
            1),
        new Positions.Learned(FIRST_POSITION),
        new ModelConfig.Embedding(config.flag("tie_word_embeddings", true), 1, 0)
            .withColumns(columns == width ? 0 : columns),
        HuggingFaceConfig.specialTokens(config),
        config.numberOr("init_std", DEVIATION));
  }

  private static void requireNorms(ConfigFields config, boolean before) throws FormatException {
    if (!config.flag("layer_norm_elementwise_affine", true)) {
      throw config.wrong(
          "layer_norm_elementwise_affine", "is false, and norms without weights are not supported");
    }
    if (before && config.flag(NO_LAST_NORM, false)) {
      throw config.wrong(
          NO_LAST_NORM,
          "is true, and a model with norms before attention and none at the end is not supported");
    }
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    config
        .put("max_position_embeddings", model.context())
        .put(WIDTH, model.width())
        .put(COLUMNS, model.embeddingWidth())
        .put("num_hidden_layers", model.layers())
        .put("num_attention_heads", model.attention().heads())
        .put("ffn_dim", model.feedForward().width())
        .put("activation_function", model.feedForward().activation().title())
        .put(NORM_FIRST, model.norm().before())
        .put(NO_LAST_NORM, false)
        .put("layer_norm_elementwise_affine", true)
        .put("enable_bias", model.feedForward().bias())
        .put("init_std", model.initializerRange())
        .put("attention_dropout", 0.0)
        .put("dropout", 0.0)
        .put("layerdrop", 0.0)
        .putNull("pad_token_id"); // else 1, whose row transformers does not train
  }
}

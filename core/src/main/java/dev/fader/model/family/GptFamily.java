package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// The first GPT (Radford et al. 2018): GPT-2 with norms after the residual additions and no final
/// norm.
final class GptFamily extends Family {
  GptFamily() {
    super(
        "openai-gpt",
        "OpenAIGPTLMHeadModel",
        Gpt2Family.NAMES.with(
            Map.of(
                Role.TOKEN_EMBEDDING, "transformer.tokens_embed",
                Role.POSITION_EMBEDDING, "transformer.positions_embed",
                Role.AFTER_ATTENTION_NORM, "transformer.h.%d.ln_1",
                Role.AFTER_FEED_FORWARD_NORM, "transformer.h.%d.ln_2")));
  }

  private static final int FEED_FORWARD_RATIO = 4;

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    int width = config.size("n_embd");
    int layers = HuggingFaceConfig.layers(config, "n_layer");
    return new ModelConfig(
        names(),
        config.size("vocab_size"),
        config.sizeOr("n_positions", 512),
        width,
        layers,
        HuggingFaceConfig.sharedLayers(config),
        Gpt2Family.attention(config, width, layers),
        new ModelConfig.FeedForward(
            Math.multiplyExact(FEED_FORWARD_RATIO, width), activation(config), false, true),
        new ModelConfig.Norm(
            Normalization.Kind.LAYER,
            (float) config.positiveOr("layer_norm_epsilon", 1e-5),
            0,
            ModelConfig.Placement.AFTER_SUM,
            1),
        new Positions.Learned(),
        new ModelConfig.Embedding(config.flag("tie_word_embeddings", true), 1, 0),
        HuggingFaceConfig.specialTokens(config),
        HuggingFaceConfig.initializerRange(config));
  }

  /// In this family `gelu` means what other files call `gelu_new`.
  private static Activation activation(ConfigFields config) throws FormatException {
    return config.text("afn").orElse("gelu").equals("gelu")
        ? Activation.GELU_TANH
        : ActivationNames.read(config, "afn", "gelu");
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    Gpt2Family.writeSizes(model, config);
    var activation = model.feedForward().activation();
    config
        .put("afn", activation == Activation.GELU_TANH ? "gelu" : activation.title())
        .put("layer_norm_epsilon", HuggingFaceConfig.decimal(model.norm().epsilon()));
  }
}

package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Granite 3 (IBM 2024): Llama with multipliers, as in muP (Yang et al. 2022).
final class GraniteFamily extends Family {
  GraniteFamily() {
    super("granite", "GraniteForCausalLM", LlamaFamily.NAMES);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, this, new Defaults(Map.of()));
    boolean bias = config.flag("attention_bias", false);
    return plain
        .withAttention(
            plain
                .attention()
                .withBias(bias, bias)
                .withScores((float) config.positiveOr("attention_multiplier", 1), 0))
        .withFeedForward(plain.feedForward().withBias(config.flag("mlp_bias", false)))
        .withNorm(plain.norm().withBranchScale((float) config.positiveOr("residual_multiplier", 1)))
        .withEmbedding(
            new ModelConfig.Embedding(
                plain.embedding().tied(),
                (float) config.positiveOr("embedding_multiplier", 1),
                0,
                (float) (1 / config.positiveOr("logits_scaling", 1))));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    config
        .put("attention_bias", model.attention().inputBias())
        .put("mlp_bias", model.feedForward().bias())
        .put("attention_multiplier", HuggingFaceConfig.decimal(model.attention().scale()))
        .put("residual_multiplier", HuggingFaceConfig.decimal(model.norm().branchScale()))
        .put("embedding_multiplier", HuggingFaceConfig.decimal(model.embedding().scale()))
        .put("logits_scaling", 1 / HuggingFaceConfig.decimal(model.embedding().logitScale()));
  }
}

package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Granite 3 (IBM 2024): Llama with multipliers as in muP (Yang et al. 2022).
final class GraniteFamily extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of()).withBiases(LlamaFields.ATTENTION_BIAS, LlamaFields.MLP_BIAS);

  GraniteFamily() {
    super("granite", "GraniteForCausalLM", LlamaFamily.NAMES);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    var attention = plain.attention();
    float multiplier = (float) config.positiveOr("attention_multiplier", 1);
    return plain
        .withAttention(attention.withScores(attention.scores().withScale(multiplier)))
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
    FIELDS.write(model, config);
    config
        .put("attention_multiplier", HuggingFaceConfig.decimal(model.attention().scores().scale()))
        .put("residual_multiplier", HuggingFaceConfig.decimal(model.norm().branchScale()))
        .put("embedding_multiplier", HuggingFaceConfig.decimal(model.embedding().scale()))
        .put("logits_scaling", 1 / HuggingFaceConfig.decimal(model.embedding().logitScale()));
  }
}

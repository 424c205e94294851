package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// OLMo 2 (OLMo team 2025): Llama with norms after attention and feed-forward, and normalized
/// queries and keys, all heads together.
final class Olmo2Family extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of("rms_norm_eps", 1e-5)).withBiases(LlamaFields.ATTENTION_BIAS);

  Olmo2Family() {
    super(
        "olmo2",
        "Olmo2ForCausalLM",
        LlamaFamily.NAMES.with(
            Map.of(
                Role.AFTER_ATTENTION_NORM, "model.layers.%d.post_attention_layernorm",
                Role.AFTER_FEED_FORWARD_NORM, "model.layers.%d.post_feedforward_layernorm")));
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    return plain
        .withAttention(plain.attention().withQueryKeyNorm(ModelConfig.QueryKeyNorm.ALL_HEADS))
        .withNorm(plain.norm().withPlacement(ModelConfig.Placement.AFTER));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
  }
}

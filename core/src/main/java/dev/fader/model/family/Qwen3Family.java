package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Qwen 3 (Yang et al. 2025): Llama with normalised query and key heads.
final class Qwen3Family extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of("num_key_value_heads", 32, "head_dim", 128))
          .withBiases(LlamaFields.ATTENTION_BIAS);

  Qwen3Family() {
    super("qwen3", "Qwen3ForCausalLM", LlamaFamily.NAMES);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    return plain.withAttention(
        plain
            .attention()
            .withQueryKeyNorm(ModelConfig.QueryKeyNorm.EACH_HEAD)
            .withWindows(Qwen2Family.windows(config, plain.layers())));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    Qwen2Family.writeWindow(model, config);
    LayerTypes.write(model, config);
  }
}

package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Qwen 3 (Yang et al. 2025): Llama with normalised query and key heads.
final class Qwen3Family extends Family {
  Qwen3Family() {
    super("qwen3", "Qwen3ForCausalLM", LlamaFamily.NAMES);
  }

  /// What dense models and those with experts have in common.
  static ModelConfig read(ConfigFields config, Family family, Defaults defaults)
      throws FormatException {
    var plain = LlamaFields.read(config, family, defaults);
    boolean bias = config.flag("attention_bias", false);
    return plain.withAttention(
        plain
            .attention()
            .withBias(bias, bias)
            .withQueryKeyNorm(ModelConfig.QueryKeyNorm.EACH_HEAD));
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var defaults = new Defaults(Map.of("num_key_value_heads", 32, "head_dim", 128));
    var plain = read(config, this, defaults);
    return plain.withAttention(
        plain.attention().withWindows(Qwen2Family.windows(config, plain.layers())));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    config.put("attention_bias", model.attention().inputBias());
    Qwen2Family.writeWindow(model, config);
    LayerTypes.write(model, config);
  }
}

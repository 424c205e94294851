package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.model.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Qwen 3 (Yang et al. 2025): Llama with normalised query and key heads.
record Qwen3Family() implements Family {
  /// What dense models and those with experts have in common.
  static ModelConfig read(ConfigFields config, String family, Defaults defaults)
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
  public String name() {
    return "qwen3";
  }

  @Override
  public String architecture() {
    return "Qwen3ForCausalLM";
  }

  @Override
  public WeightNames names() {
    return WeightNames.LLAMA;
  }

  @Override
  public ModelConfig read(ConfigFields config) throws FormatException {
    var defaults = new Defaults(Map.of("num_key_value_heads", 32, "head_dim", 128));
    var plain = read(config, name(), defaults);
    return plain.withAttention(
        plain.attention().withWindows(Qwen2Family.windows(config, plain.layers())));
  }

  @Override
  public void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    config.put("attention_bias", model.attention().inputBias());
    Qwen2Family.writeWindow(model, config);
    LayerTypes.write(model, config);
  }
}

package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.model.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// OLMo 2 (OLMo team 2025): Llama whose norms stand behind attention and feed-forward, and which
/// normalises all queries and all keys together.
record Olmo2Family() implements Family {
  @Override
  public String name() {
    return "olmo2";
  }

  @Override
  public String architecture() {
    return "Olmo2ForCausalLM";
  }

  @Override
  public WeightNames names() {
    return WeightNames.OLMO2;
  }

  @Override
  public ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, name(), new Defaults(Map.of("rms_norm_eps", 1e-5)));
    boolean bias = config.flag("attention_bias", false);
    return plain
        .withAttention(
            plain
                .attention()
                .withBias(bias, bias)
                .withQueryKeyNorm(ModelConfig.QueryKeyNorm.ALL_HEADS))
        .withNorm(plain.norm().withPlacement(ModelConfig.Placement.AFTER));
  }

  @Override
  public void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    config.put("attention_bias", model.attention().inputBias());
  }
}

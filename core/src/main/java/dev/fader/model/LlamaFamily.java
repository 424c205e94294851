package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.model.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Llama 1 to 3.2 (Touvron et al. 2023; Grattafiori et al. 2024).
record LlamaFamily() implements Family {
  @Override
  public String name() {
    return "llama";
  }

  @Override
  public String architecture() {
    return "LlamaForCausalLM";
  }

  @Override
  public WeightNames names() {
    return WeightNames.LLAMA;
  }

  @Override
  public ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, name(), new Defaults(Map.of()));
    boolean bias = config.flag("attention_bias", false);
    return plain
        .withAttention(plain.attention().withBias(bias, bias))
        .withFeedForward(plain.feedForward().withBias(config.flag("mlp_bias", false)));
  }

  @Override
  public void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    config
        .put("attention_bias", model.attention().inputBias())
        .put("mlp_bias", model.feedForward().bias());
  }
}

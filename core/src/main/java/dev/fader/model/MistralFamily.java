package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.model.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Mistral (Jiang et al. 2023): Llama whose layers see a window.
record MistralFamily() implements Family {
  private static final Defaults DEFAULTS =
      new Defaults(Map.of("num_key_value_heads", 8, "sliding_window", 4096));

  @Override
  public String name() {
    return "mistral";
  }

  @Override
  public String architecture() {
    return "MistralForCausalLM";
  }

  @Override
  public WeightNames names() {
    return WeightNames.LLAMA;
  }

  @Override
  public ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, name(), DEFAULTS);
    return plain.withAttention(
        plain
            .attention()
            .withWindows(
                LlamaFields.sameWindows(config.withDefaults(DEFAULTS.values()), plain.layers())));
  }

  @Override
  public void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    LlamaFields.writeSameWindows(model, config);
  }
}

package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Mistral (Jiang et al. 2023): Llama with sliding-window attention.
final class MistralFamily extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of("num_key_value_heads", 8, "sliding_window", 4096)).withWindow();

  MistralFamily() {
    super("mistral", "MistralForCausalLM", LlamaFamily.NAMES);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    return FIELDS.read(config, this);
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
  }
}

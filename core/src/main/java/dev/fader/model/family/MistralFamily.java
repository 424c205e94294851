package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Mistral (Jiang et al. 2023): Llama whose layers see a window.
final class MistralFamily extends Family {
  MistralFamily() {
    super("mistral", "MistralForCausalLM", LlamaFamily.NAMES);
  }

  private static final Defaults DEFAULTS =
      new Defaults(Map.of("num_key_value_heads", 8, "sliding_window", 4096));

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, this, DEFAULTS);
    return plain.withAttention(
        plain
            .attention()
            .withWindows(
                LlamaFields.sameWindows(config.withDefaults(DEFAULTS.values()), plain.layers())));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    LlamaFields.writeSameWindows(model, config);
  }
}

package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// SmolLM3 (Hugging Face 2025): Llama of which some layers know no positions.
final class SmolLm3Family extends Family {
  SmolLm3Family() {
    super("smollm3", "SmolLM3ForCausalLM", LlamaFamily.NAMES);
  }

  private static final String TURNED = "no_rope_layers";

  private static final Defaults DEFAULTS =
      new Defaults(Map.of("num_key_value_heads", 4, "tie_word_embeddings", true), 2_000_000);

  /// The field's name says the opposite of its values: 1 is a layer with positions.
  private static Set<Integer> unturned(ConfigFields config, int layers) throws FormatException {
    var unturned = new HashSet<Integer>();
    if (!config.has(TURNED)) {
      int interval = config.sizeOr("no_rope_layer_interval", 4);
      for (int layer = interval - 1; layer < layers; layer += interval) {
        unturned.add(layer);
      }
      return unturned;
    }
    var turned = config.integers(TURNED);
    if (turned.size() < layers) {
      throw config.wrong(
          TURNED, "speaks of %d layers, and there are %d".formatted(turned.size(), layers));
    }
    for (int layer = 0; layer < layers; layer++) {
      if (turned.get(layer) == 0) {
        unturned.add(layer);
      }
    }
    return unturned;
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, this, DEFAULTS);
    boolean bias = config.flag("attention_bias", false);
    var unturned = unturned(config, plain.layers());
    int window =
        config.flag("use_sliding_window", false)
            ? config.optionalSize("sliding_window").orElse(0)
            : 0;
    return plain
        .withAttention(
            plain
                .attention()
                .withBias(bias, bias)
                .withWindows(
                    LayerTypes.windows(config, plain.layers(), window, unturned::contains)))
        .withFeedForward(plain.feedForward().withBias(config.flag("mlp_bias", false)))
        .withPositions(((Positions.Rotary) plain.positions()).withUnturned(unturned));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    var attention = model.attention();
    config
        .put("attention_bias", attention.inputBias())
        .put("mlp_bias", model.feedForward().bias())
        .put("use_sliding_window", Collections.max(attention.windows()) > 0);
    LlamaFields.writeSameWindows(model, config);
    LayerTypes.write(model, config);
    var turned = config.putArray(TURNED);
    var rotary = (Positions.Rotary) model.positions();
    for (int layer = 0; layer < model.layers(); layer++) {
      turned.add(rotary.unturned().contains(layer) ? 0 : 1);
    }
  }
}

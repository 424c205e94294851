package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// SmolLM3 (Hugging Face 2025): Llama with some layers without positions.
final class SmolLm3Family extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of("num_key_value_heads", 4, "tie_word_embeddings", true))
          .withTheta(2_000_000)
          .withBiases(LlamaFields.ATTENTION_BIAS, LlamaFields.MLP_BIAS);

  SmolLm3Family() {
    super("smollm3", "SmolLM3ForCausalLM", LlamaFamily.NAMES);
  }

  private static final String ROPE_LAYERS = "no_rope_layers";

  /// The field is named for the opposite of its values: 1 is a layer with positions.
  private static Set<Integer> nopeLayers(ConfigFields config, int layers) throws FormatException {
    var nopeLayers = new HashSet<Integer>();
    if (!config.has(ROPE_LAYERS)) {
      int interval = config.sizeOr("no_rope_layer_interval", 4);
      for (int layer = interval - 1; layer < layers; layer += interval) {
        nopeLayers.add(layer);
      }
      return nopeLayers;
    }
    var rotated = config.integers(ROPE_LAYERS);
    if (rotated.size() < layers) {
      throw config.wrong(
          ROPE_LAYERS, "speaks of %d layers, and there are %d".formatted(rotated.size(), layers));
    }
    for (int layer = 0; layer < layers; layer++) {
      if (rotated.get(layer) == 0) {
        nopeLayers.add(layer);
      }
    }
    return nopeLayers;
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    var nopeLayers = nopeLayers(config, plain.layers());
    int window =
        config.flag("use_sliding_window", false)
            ? config.optionalSize("sliding_window").orElse(0)
            : 0;
    return plain
        .withAttention(
            plain
                .attention()
                .withWindows(
                    LayerTypes.windows(config, plain.layers(), window, nopeLayers::contains)))
        .withPositions(((Positions.Rotary) plain.positions()).withNopeLayers(nopeLayers));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    Qwen2Family.writeWindow(model, config);
    LayerTypes.write(model, config);
    var rotated = config.putArray(ROPE_LAYERS);
    var rotary = (Positions.Rotary) model.positions();
    for (int layer = 0; layer < model.layers(); layer++) {
      rotated.add(rotary.nopeLayers().contains(layer) ? 0 : 1);
    }
  }
}

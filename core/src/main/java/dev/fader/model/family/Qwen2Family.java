package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Qwen 2 and 2.5 (Yang et al. 2024): Llama with biases of queries, keys and values.
final class Qwen2Family extends Family {
  private static final LlamaFields FIELDS = new LlamaFields(Map.of("num_key_value_heads", 32));

  Qwen2Family() {
    super("qwen2", "Qwen2ForCausalLM", LlamaFamily.NAMES);
  }

  private static final int WINDOW = 4096;
  private static final int FIRST_WINDOW_LAYER = 28;

  /// Later layers have a window if `use_sliding_window` is set.
  static List<Integer> windows(ConfigFields config, int layers) throws FormatException {
    int first = config.countOr("max_window_layers", FIRST_WINDOW_LAYER);
    return LayerTypes.windows(config, layers, window(config), layer -> layer >= first);
  }

  /// The window of layers that have one, 0 if it is disabled.
  static int window(ConfigFields config) throws FormatException {
    return config.flag("use_sliding_window", false) ? LlamaFields.window(config, WINDOW) : 0;
  }

  static void writeWindow(ModelConfig model, ObjectNode config) {
    config.put("use_sliding_window", Collections.max(model.attention().windows()) > 0);
    LlamaFields.writeSameWindows(model, config);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    return plain.withAttention(
        plain.attention().withBias(true, false).withWindows(windows(config, plain.layers())));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    if (model.attention().queryWidth() == model.width()) {
      config.remove("head_dim");
    }
    writeWindow(model, config);
    LayerTypes.write(model, config);
  }
}

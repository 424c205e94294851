package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import tools.jackson.databind.node.ObjectNode;

/// `layer_types`: which layers have a window.
final class LayerTypes {
  static final String SLIDING = "sliding_attention";
  static final String FULL = "full_attention";
  private static final String FIELD = "layer_types";

  private LayerTypes() {}

  /// The window of each layer, 0 for none.
  ///
  /// @param window of layers with one, 0 if it is disabled
  /// @param sliding which layers have one if the file does not say
  static List<Integer> windows(ConfigFields config, int layers, int window, IntPredicate sliding)
      throws FormatException {
    var types = config.texts(FIELD);
    if (types.isPresent()) {
      return windows(config, types.get(), layers, window);
    }
    var windows = new ArrayList<Integer>();
    for (int layer = 0; layer < layers; layer++) {
      windows.add(sliding.test(layer) ? window : 0);
    }
    return windows;
  }

  private static List<Integer> windows(
      ConfigFields config, List<String> types, int layers, int window) throws FormatException {
    if (types.size() != layers) {
      throw config.wrong(
          FIELD, "names %d layers, and there are %d".formatted(types.size(), layers));
    }
    var windows = new ArrayList<Integer>();
    for (String type : types) {
      if (!type.equals(SLIDING) && !type.equals(FULL)) {
        throw config.wrong(
            FIELD,
            "unknown kind %s; known are %s, %s"
                .formatted(FormatException.quoted(type), FULL, SLIDING));
      }
      if (type.equals(SLIDING) && window == 0) {
        throw config.wrong(FIELD, "asks for " + SLIDING + ", but sliding_window is off");
      }
      windows.add(type.equals(SLIDING) ? window : 0);
    }
    return windows;
  }

  static void write(ModelConfig model, ObjectNode config) {
    var types = config.putArray(FIELD);
    model.attention().windows().forEach(window -> types.add(window > 0 ? SLIDING : FULL));
  }
}

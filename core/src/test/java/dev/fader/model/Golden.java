package dev.fader.model;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The golden files among the test resources.
public final class Golden {
  private Golden() {}

  /// The models in `golden/models`.
  public static List<String> models() {
    return List.of(
        "gpt2", "llama", "llama3-tied-rope-scaled", "mistral-sliding", "qwen2", "qwen3", "gemma2");
  }

  public static Path directory(String name) {
    var url = Golden.class.getResource("/golden/" + name);
    try {
      return Path.of(Objects.requireNonNull(url, "no golden files " + name).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  public static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  public static int[] ints(JsonNode array) {
    var values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).intValue();
    }
    return values;
  }
}

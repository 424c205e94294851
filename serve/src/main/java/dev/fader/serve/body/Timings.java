package dev.fader.serve.body;

import dev.fader.generate.Generation;
import dev.fader.serve.http.JsonText;
import tools.jackson.databind.node.ObjectNode;

/// How long a text took, as llama.cpp tells it beside the usage.
public final class Timings {
  private static final double MILLIS = 1000;

  private Timings() {}

  /// Of a text and its prompt.
  public static ObjectNode json(Generation text) {
    var json = JsonText.object().put("cache_n", text.reusedTokens());
    put(json, "prompt", text.readTokens(), text.promptSeconds());
    put(json, "predicted", text.ids().size(), text.seconds());
    return json;
  }

  private static void put(ObjectNode json, String name, int tokens, double seconds) {
    json.put(name + "_n", tokens)
        .put(name + "_ms", seconds * MILLIS)
        .put(name + "_per_token_ms", tokens == 0 ? 0 : seconds * MILLIS / tokens)
        .put(name + "_per_second", seconds == 0 ? 0 : tokens / seconds);
  }
}

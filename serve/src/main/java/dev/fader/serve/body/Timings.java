package dev.fader.serve.body;

import dev.fader.generate.Generation;
import dev.fader.serve.http.JsonText;
import tools.jackson.databind.node.ObjectNode;

/// How long a text took, as llama.cpp tells it beside the usage.
public final class Timings {
  private static final double MILLIS = 1000;

  private Timings() {}

  /// Tokens that were read or written, and how long that took.
  record Phase(int tokens, double seconds) {
    private void put(ObjectNode json, String name) {
      json.put(name + "_n", tokens)
          .put(name + "_ms", seconds * MILLIS)
          .put(name + "_per_token_ms", tokens == 0 ? 0 : seconds * MILLIS / tokens)
          .put(name + "_per_second", seconds == 0 ? 0 : tokens / seconds);
    }
  }

  /// Of a text and its prompt.
  public static ObjectNode json(Generation text) {
    return json(
        text.reusedTokens(),
        new Phase(text.readTokens(), text.promptSeconds()),
        new Phase(text.ids().size(), text.seconds()));
  }

  static ObjectNode json(int reused, Phase prompt, Phase predicted) {
    var json = JsonText.object().put("cache_n", reused);
    prompt.put(json, "prompt");
    predicted.put(json, "predicted");
    return json;
  }
}

package dev.fader.serve.openai;

import dev.fader.generate.Generation;
import dev.fader.serve.http.JsonText;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// How many tokens a request took.
///
/// @param prompt that were read
/// @param cached of them that were known from a prompt before
/// @param written by the model
/// @param reasoning of them that were thoughts
record TokenCounts(int prompt, int cached, int written, int reasoning) {
  static final TokenCounts NONE = new TokenCounts(0, 0, 0, 0);

  /// Of the texts that continue one prompt, which counts once.
  static TokenCounts of(List<Generation> texts, int reasoning) {
    int written = texts.stream().mapToInt(text -> text.ids().size()).sum();
    var first = texts.getFirst();
    return new TokenCounts(first.promptTokens(), first.reusedTokens(), written, reasoning);
  }

  TokenCounts plus(TokenCounts other) {
    return new TokenCounts(
        prompt + other.prompt,
        cached + other.cached,
        written + other.written,
        reasoning + other.reasoning);
  }

  /// As completions tell them.
  ObjectNode json() {
    var usage =
        JsonText.object()
            .put("prompt_tokens", prompt)
            .put("completion_tokens", written)
            .put("total_tokens", prompt + written);
    usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
    usage.putObject("completion_tokens_details").put("reasoning_tokens", reasoning);
    return usage;
  }

  /// As responses tell them.
  ObjectNode responseJson() {
    var usage = JsonText.object().put("input_tokens", prompt);
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", cached)
        .put("cache_write_tokens", 0); // which nobody pays for here
    usage.put("output_tokens", written);
    usage.putObject("output_tokens_details").put("reasoning_tokens", reasoning);
    return usage.put("total_tokens", prompt + written);
  }
}

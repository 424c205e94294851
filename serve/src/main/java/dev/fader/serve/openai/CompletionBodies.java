package dev.fader.serve.openai;

import dev.fader.generate.Generation;
import dev.fader.serve.body.Timings;
import dev.fader.serve.http.JsonText;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Completions as JSON: whole, or in the chunks of a stream.
final class CompletionBodies {
  private static final String OBJECT = "text_completion";

  private final ResponseHead head;
  private final boolean withUsage;

  CompletionBodies(ResponseHead head, boolean withUsage) {
    this.head = head;
    this.withUsage = withUsage;
  }

  /// All of them.
  ObjectNode whole(List<ObjectNode> choices, TokenCounts counts, Optional<Generation> first) {
    var body = head.json(OBJECT);
    body.putArray("choices").addAll(choices);
    body.set("usage", counts.json());
    first.ifPresent(text -> body.set("timings", Timings.json(text)));
    return body;
  }

  /// One text.
  ObjectNode choice(int index, String text, Optional<ObjectNode> table) {
    var choice = JsonText.object().put("text", text).put("index", index);
    if (table.isPresent()) {
      choice.set("logprobs", table.get());
    } else {
      choice.putNull("logprobs");
    }
    return choice.putNull("finish_reason");
  }

  /// A piece of one text in a stream.
  ObjectNode chunk(ObjectNode choice) {
    var chunk = head.json(OBJECT);
    chunk.putArray("choices").add(choice);
    if (withUsage) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  /// The end of a stream.
  ObjectNode usage(TokenCounts counts, Optional<Generation> first) {
    return whole(List.of(), counts, first);
  }
}

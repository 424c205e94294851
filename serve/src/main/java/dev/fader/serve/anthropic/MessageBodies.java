package dev.fader.serve.anthropic;

import dev.fader.AnswerEvent;
import dev.fader.answer.ToolCall;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A message as JSON.
final class MessageBodies {
  private static final JsonMapper JSON = new JsonMapper();

  private final ModelLease lease;
  private final String id = "msg_" + UUID.randomUUID().toString().replace("-", "");

  MessageBodies(ModelLease lease) {
    this.lease = lease;
  }

  private ObjectNode head() {
    return JsonText.object()
        .put("id", id)
        .put("type", "message")
        .put("role", "assistant")
        .put("model", lease.name());
  }

  /// The whole message.
  ObjectNode whole(AnswerEvent.Ended ended) {
    var message = head();
    var content = message.putArray("content");
    var answer = ended.answer();
    if (!answer.reasoning().isEmpty()) {
      content
          .addObject()
          .put("type", "thinking")
          .put("thinking", answer.reasoning())
          .put("signature", "");
    }
    if (!answer.content().isEmpty() || answer.calls().isEmpty()) {
      content.addObject().put("type", "text").put("text", answer.content());
    }
    for (var call : answer.calls()) {
      content
          .addObject()
          .put("type", "tool_use")
          .put("id", call.id())
          .put("name", call.name())
          .set("input", input(call));
    }
    putReason(message, ended);
    var text = ended.generation();
    message.set("usage", usage(text.promptTokens(), text.reusedTokens(), text.ids().size()));
    return message;
  }

  /// A call that was cut off has as much of its arguments as can be told: nothing.
  private static JsonNode input(ToolCall call) {
    return call.isWhole() ? JSON.readTree(call.arguments()) : JsonText.object();
  }

  /// What a stream begins with.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known
  ObjectNode begun(int tokens, int reused) {
    var message = head();
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", usage(tokens, reused, 0));
    var event = JsonText.object().put("type", "message_start");
    event.set("message", message);
    return event;
  }

  /// What a stream tells last of the message.
  ObjectNode delta(AnswerEvent.Ended ended) {
    var event = JsonText.object().put("type", "message_delta");
    putReason(event.putObject("delta"), ended);
    var text = ended.generation();
    event.set("usage", usage(text.promptTokens(), text.reusedTokens(), text.ids().size()));
    return event;
  }

  /// Tokens that were known count apart, as there.
  private static ObjectNode usage(int prompt, int reused, int written) {
    return JsonText.object()
        .put("input_tokens", prompt - reused)
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", reused)
        .put("output_tokens", written);
  }

  private void putReason(ObjectNode to, AnswerEvent.Ended ended) {
    var reason = stopReason(ended);
    to.put("stop_reason", reason);
    if (reason.equals("stop_sequence")) {
      to.put("stop_sequence", ended.generation().stop().orElse(null));
    } else {
      to.putNull("stop_sequence");
    }
  }

  /// Why it ended. A call that was cut off stays cut off.
  String stopReason(AnswerEvent.Ended ended) {
    return switch (ended.generation().stopReason()) {
      case LENGTH, INTERRUPTED -> "max_tokens";
      case CONTEXT -> "model_context_window_exceeded";
      case STOP_TEXT -> "stop_sequence";
      case END_TOKEN, GRAMMAR -> ended.answer().wholeCalls().isEmpty() ? "end_turn" : "tool_use";
    };
  }
}

package dev.fader.serve.ollama;

import dev.fader.answer.Answer;
import dev.fader.answer.AnswerPart;
import dev.fader.answer.ToolCall;
import dev.fader.generate.Generation;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonLines;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// An answer in Ollama's shape: a line for each piece, or one object. Owned by one caller.
final class Lines {
  private static final JsonMapper JSON = new JsonMapper();
  private static final double NANOS = 1e9;

  private final Exchange exchange;
  private final ModelLease lease;
  private final Shape shape;
  private final long began;
  private final long opened = System.nanoTime();
  private Optional<JsonLines> lines = Optional.empty();

  /// Where a piece stands in a line.
  enum Shape {
    /// In a message.
    CHAT,
    /// In fields of the line.
    GENERATE
  }

  /// @param began when the request did, by `System.nanoTime`
  Lines(Exchange exchange, ModelLease lease, Shape shape, long began) {
    this.exchange = exchange;
    this.lease = lease;
    this.shape = shape;
    this.began = began;
  }

  private void send(ObjectNode line) {
    if (lines.isEmpty()) {
      lines = Optional.of(exchange.lines());
    }
    lines.get().send(line);
  }

  private ObjectNode line() {
    return line(lease.name());
  }

  private static ObjectNode line(String model) {
    return JsonText.object().put("model", model).put("created_at", Instant.now().toString());
  }

  private ObjectNode lineOf(String content) {
    var line = line();
    put(line, content);
    return line;
  }

  /// What pieces are added to.
  private ObjectNode put(ObjectNode line, String content) {
    return put(line, content, shape);
  }

  private static ObjectNode put(ObjectNode line, String content, Shape shape) {
    return switch (shape) {
      case CHAT -> line.putObject("message").put("role", "assistant").put("content", content);
      case GENERATE -> line.put("response", content);
    };
  }

  /// A piece of text.
  void tell(String text) {
    send(lineOf(text).put("done", false));
  }

  /// A piece of an answer. Calls come whole, at the end.
  void tell(AnswerPart part) {
    switch (part) {
      case AnswerPart.Content(var text) -> tell(text);
      case AnswerPart.Reasoning(var thought) -> {
        var line = line();
        put(line, "").put("thinking", thought);
        send(line.put("done", false));
      }
      case AnswerPart.CallBegun _, AnswerPart.CallArguments _ -> {}
    }
  }

  /// The end of an answer.
  ///
  /// @param streamed whether what was written has been told
  void end(Answer answer, Generation text, boolean streamed) {
    var calls = answer.wholeCalls();
    boolean called = !calls.isEmpty();
    if (streamed && called) {
      var line = line();
      putCalls(put(line, ""), calls);
      send(line.put("done", false));
    }
    var line = line();
    var said = put(line, streamed ? "" : answer.content());
    if (!streamed && !answer.reasoning().isEmpty()) {
      said.put("thinking", answer.reasoning());
    }
    if (!streamed && called) {
      putCalls(said, calls);
    }
    finish(line, text, streamed);
  }

  /// The end of a text.
  void end(Generation text, boolean streamed) {
    finish(lineOf(streamed ? "" : text.text()), text, streamed);
  }

  private void finish(ObjectNode line, Generation text, boolean streamed) {
    line.put("done", true).put("done_reason", reason(text));
    line.put("total_duration", System.nanoTime() - began)
        .put("load_duration", opened - began)
        .put("prompt_eval_count", text.promptTokens())
        .put("prompt_eval_duration", (long) (text.promptSeconds() * NANOS))
        .put("eval_count", text.ids().size())
        .put("eval_duration", (long) (text.seconds() * NANOS));
    if (streamed) {
      send(line);
    } else {
      exchange.send(line);
    }
  }

  static String reason(Generation text) {
    return switch (text.stopReason()) {
      case LENGTH, CONTEXT, INTERRUPTED -> "length";
      case END_TOKEN, STOP_TEXT, GRAMMAR -> "stop";
    };
  }

  private static void putCalls(ObjectNode said, List<ToolCall> calls) {
    var list = said.putArray("tool_calls");
    int index = 0;
    for (var call : calls) {
      var function = list.addObject().put("id", call.id()).putObject("function");
      function
          .put("index", index++)
          .put("name", call.name())
          .set("arguments", JSON.readTree(call.arguments()));
    }
  }

  /// That the model is open, which was all that was asked for.
  void loaded() {
    exchange.send(lineOf("").put("done", true).put("done_reason", "load"));
  }

  /// That the model is closed, or is going to be, which was all that was asked for.
  static void unloaded(Exchange exchange, String model, Shape shape) {
    var line = line(model);
    put(line, "", shape);
    exchange.send(line.put("done", true).put("done_reason", "unload"));
  }
}

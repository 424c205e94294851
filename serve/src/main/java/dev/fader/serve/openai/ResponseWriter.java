package dev.fader.serve.openai;

import dev.fader.AnswerEvent;
import dev.fader.answer.AnswerPart;
import dev.fader.generate.TokenLikelihood;
import dev.fader.serve.body.RunningTimings;
import dev.fader.serve.body.Timings;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.openai.ResponseItem.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A response as it comes: its events, and what it is in the end. Owned by one caller.
final class ResponseWriter {
  private static final String IN_PROGRESS = "in_progress";
  private static final String COMPLETED = "completed";
  private static final String INCOMPLETE = "incomplete";

  private final ResponseHead head;
  private final ResponseRequest request;
  private final Likelihoods likelihoods;
  private final RunningTimings timings = new RunningTimings();
  private final ArrayNode output = JsonNodeFactory.instance.arrayNode();
  private final List<TokenLikelihood> untold = new ArrayList<>();
  private List<ObjectNode> events = new ArrayList<>();
  private Optional<ResponseItem> open = Optional.empty();
  private int sequence;

  ResponseWriter(ResponseHead head, ResponseRequest request, Likelihoods likelihoods) {
    this.head = head;
    this.request = request;
    this.likelihoods = likelihoods;
  }

  /// The events since the last time.
  List<ObjectNode> take() {
    var taken = events;
    events = new ArrayList<>();
    return taken;
  }

  private ObjectNode event(String type) {
    var event = JsonText.object().put("type", type).put("sequence_number", sequence++);
    events.add(event);
    return event;
  }

  private ObjectNode event(String type, ResponseItem item) {
    return event(type).put("item_id", item.id()).put("output_index", item.index());
  }

  private ObjectNode partEvent(String type, ResponseItem item) {
    return event(type, item).put("content_index", 0);
  }

  void begin() {
    event("response.created").set("response", response(IN_PROGRESS));
    event("response.in_progress").set("response", response(IN_PROGRESS));
  }

  /// Tells how far the prompt was read, if that is wanted.
  void progress(int tokens, int reused, int read) {
    if (request.progress()) {
      var event = event("response.in_progress");
      event.set("response", response(IN_PROGRESS));
      event.set("prompt_progress", timings.progress(tokens, reused, read, System.nanoTime()));
    }
  }

  /// Notes that the prompt was read.
  void read(int tokens, int reused) {
    timings.promptRead(tokens, reused);
    progress(tokens, reused, tokens);
  }

  void write(AnswerEvent.Written written) {
    timings.written(written.ids().size());
    untold.addAll(written.likelihoods());
    for (var part : written.parts()) {
      switch (part) {
        case AnswerPart.Content(var text) -> writeText(Kind.MESSAGE, text);
        case AnswerPart.Reasoning(var text) -> writeText(Kind.REASONING, text);
        case AnswerPart.CallBegun(_, var id, var name) -> {
          close(COMPLETED);
          open(Kind.CALL, new ResponseItem.Call(id, name));
        }
        case AnswerPart.CallArguments(_, var json) -> {
          var item = open.orElseThrow();
          item.written().append(json);
          event("response.function_call_arguments.delta", item).put("delta", json);
        }
      }
    }
  }

  private void writeText(Kind kind, String text) {
    if (open.isEmpty() || open.get().kind() != kind) {
      close(COMPLETED);
      open(kind, ResponseItem.Call.NONE);
    }
    var item = open.orElseThrow();
    item.written().append(text);
    if (kind == Kind.REASONING) {
      untold.clear();
      partEvent("response.reasoning_text.delta", item).put("delta", text);
      return;
    }
    var tokens = likelihoods.tokens(untold);
    untold.clear();
    item.likelihoods().addAll(tokens);
    var event = partEvent("response.output_text.delta", item).put("delta", text);
    event.set("logprobs", tokens);
    if (request.timed()) {
      event.set("timings", timings.json());
    }
  }

  private void open(Kind kind, ResponseItem.Call call) {
    var item = ResponseItem.of(kind, output.size(), call);
    open = Optional.of(item);
    event("response.output_item.added")
        .put("output_index", item.index())
        .set("item", item.json(IN_PROGRESS));
    if (kind != Kind.CALL) {
      partEvent("response.content_part.added", item).set("part", item.part());
    }
  }

  private void close(String status) {
    if (open.isEmpty()) {
      return;
    }
    var item = open.get();
    open = Optional.empty();
    var text = item.written().toString();
    switch (item.kind()) {
      case CALL ->
          event("response.function_call_arguments.done", item)
              .put("name", item.call().name())
              .put("arguments", text);
      case REASONING -> {
        partEvent("response.reasoning_text.done", item).put("text", text);
        partEvent("response.content_part.done", item).set("part", item.part());
      }
      case MESSAGE -> {
        item.likelihoods().addAll(likelihoods.tokens(untold)); // of tokens that wrote nothing
        untold.clear();
        partEvent("response.output_text.done", item)
            .put("text", text)
            .set("logprobs", item.likelihoods().deepCopy());
        partEvent("response.content_part.done", item).set("part", item.part());
      }
    }
    var done = item.json(status);
    output.add(done);
    event("response.output_item.done").put("output_index", item.index()).set("item", done);
  }

  /// The response, whole or cut off.
  ObjectNode end(AnswerRecord answers) {
    boolean cut = FinishReason.of(answers.first()).equals(FinishReason.LENGTH);
    var status = cut ? INCOMPLETE : COMPLETED;
    if (open.isEmpty() && output.isEmpty()) {
      open(Kind.MESSAGE, ResponseItem.Call.NONE);
    }
    close(status);
    var response = response(status);
    if (cut) {
      response.putObject("incomplete_details").put("reason", "max_output_tokens");
    } else {
      response.put("completed_at", ResponseHead.now());
    }
    response.set("usage", answers.counts().responseJson());
    var event = event("response." + status);
    event.set("response", response);
    if (request.timed()) {
      event.set("timings", Timings.json(answers.first()));
    }
    return response;
  }

  /// The response has failed.
  void fail(ApiException error) {
    close(INCOMPLETE);
    var response = response("failed");
    response
        .putObject("error")
        .put("code", OpenAiErrors.code(error).orElse("server_error"))
        .put("message", error.message());
    event("response.failed").set("response", response);
  }

  private ObjectNode response(String status) {
    var response =
        JsonText.object()
            .put("id", head.id())
            .put("object", "response")
            .put("created_at", head.created())
            .putNull("completed_at")
            .put("status", status)
            .putNull("incomplete_details")
            .put("model", head.model())
            .putNull("previous_response_id");
    response.set("output", output.deepCopy());
    response.putNull("error").putNull("usage");
    request.putSettings(response);
    return response;
  }
}

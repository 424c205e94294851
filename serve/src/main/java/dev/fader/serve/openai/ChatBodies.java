package dev.fader.serve.openai;

import dev.fader.AnswerEvent;
import dev.fader.answer.Answer;
import dev.fader.answer.AnswerPart;
import dev.fader.generate.TokenLikelihood;
import dev.fader.serve.body.RunningTimings;
import dev.fader.serve.body.Timings;
import dev.fader.serve.http.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Chat completions as JSON: whole, or in the chunks of a stream. Owned by one caller.
final class ChatBodies {
  private static final String CHUNK = "chat.completion.chunk";
  private static final String CONTENT = "content";

  private final ResponseHead head;
  private final Likelihoods likelihoods;
  private final ChatRequest request;
  private final RunningTimings timings = new RunningTimings();
  private final List<List<TokenLikelihood>> untold = new ArrayList<>(); // of each text

  ChatBodies(ResponseHead head, Likelihoods likelihoods, ChatRequest request) {
    this.head = head;
    this.likelihoods = likelihoods;
    this.request = request;
    for (int i = 0; i < request.texts().count(); i++) {
      untold.add(new ArrayList<>());
    }
  }

  private boolean tellsLikelihoods() {
    return request.texts().ranked() >= 0;
  }

  /// The completion.
  ObjectNode whole(AnswerRecord answers) {
    var body = head.json("chat.completion");
    var choices = body.putArray("choices");
    for (int i = 0; i < answers.texts().size(); i++) {
      var text = answers.texts().get(i);
      var choice = choices.addObject().put("index", i);
      choice.set("message", message(text.end().answer()));
      if (tellsLikelihoods()) {
        putLikelihoods(choice, text.likelihoods());
      } else {
        choice.putNull("logprobs");
      }
      choice.put("finish_reason", FinishReason.of(text.end()));
    }
    body.set("usage", answers.counts().json());
    body.set("timings", Timings.json(answers.first()));
    return body;
  }

  private static ObjectNode message(Answer answer) {
    var message = JsonText.object().put("role", "assistant");
    if (answer.content().isEmpty() && !answer.calls().isEmpty()) {
      message.putNull(CONTENT);
    } else {
      message.put(CONTENT, answer.content());
    }
    message.putNull("refusal");
    if (!answer.reasoning().isEmpty()) {
      message.put("reasoning_content", answer.reasoning());
    }
    if (!answer.calls().isEmpty()) {
      var calls = message.putArray("tool_calls");
      for (var call : answer.calls()) {
        var json = calls.addObject().put("id", call.id()).put("type", "function");
        json.putObject("function").put("name", call.name()).put("arguments", call.arguments());
      }
    }
    return message;
  }

  private void putLikelihoods(ObjectNode choice, List<TokenLikelihood> tokens) {
    choice.putObject("logprobs").putNull("refusal").set(CONTENT, likelihoods.tokens(tokens));
  }

  /// Notes that the prompt was read.
  void read(int tokens, int reused) {
    timings.promptRead(tokens, reused);
  }

  /// Whether a stream tells how far the prompt was read.
  boolean tellsProgress() {
    return request.progress();
  }

  /// A chunk that tells how far the prompt was read.
  ObjectNode progress(int tokens, int reused, int read) {
    var chunk = bareChunk(0, JsonText.object());
    chunk.set("prompt_progress", timings.progress(tokens, reused, read, System.nanoTime()));
    return chunk;
  }

  /// What a stream begins with: who speaks in each text.
  List<ObjectNode> begin() {
    var chunks = new ArrayList<ObjectNode>();
    for (int i = 0; i < untold.size(); i++) {
      chunks.add(bareChunk(i, JsonText.object().put("role", "assistant").putNull(CONTENT)));
    }
    return chunks;
  }

  /// The chunks of a text that goes on.
  List<ObjectNode> written(AnswerEvent.Written written) {
    var waiting = untold.get(written.number());
    waiting.addAll(written.likelihoods());
    timings.written(written.ids().size());
    var chunks = new ArrayList<ObjectNode>();
    for (var part : written.parts()) {
      var chunk = chunk(written.number(), delta(part));
      if (!waiting.isEmpty()) {
        putLikelihoods(choice(chunk), waiting);
        waiting.clear();
      }
      chunks.add(chunk);
    }
    return chunks;
  }

  private static ObjectNode delta(AnswerPart part) {
    var delta = JsonText.object();
    switch (part) {
      case AnswerPart.Content(var text) -> delta.put(CONTENT, text);
      case AnswerPart.Reasoning(var text) -> delta.put("reasoning_content", text);
      case AnswerPart.CallBegun(var index, var id, var name) -> {
        var call = call(delta, index).put("id", id).put("type", "function");
        call.putObject("function").put("name", name).put("arguments", "");
      }
      case AnswerPart.CallArguments(var index, var json) ->
          call(delta, index).putObject("function").put("arguments", json);
    }
    return delta;
  }

  private static ObjectNode call(ObjectNode delta, int index) {
    return delta.putArray("tool_calls").addObject().put("index", index);
  }

  /// The last chunk of a text.
  ObjectNode ended(AnswerEvent.Ended ended) {
    var chunk = chunk(ended.number(), JsonText.object());
    var choice = choice(chunk);
    var waiting = untold.get(ended.number());
    if (!waiting.isEmpty()) { // of tokens that wrote nothing
      putLikelihoods(choice, waiting);
      waiting.clear();
    }
    choice.put("finish_reason", FinishReason.of(ended));
    return chunk;
  }

  /// The last chunk of a stream, if it tells how many tokens it took.
  Optional<ObjectNode> usage(AnswerRecord answers) {
    if (!request.withUsage()) {
      return Optional.empty();
    }
    var chunk = head.json(CHUNK);
    chunk.putArray("choices");
    chunk.set("usage", answers.counts().json());
    chunk.set("timings", Timings.json(answers.first()));
    return Optional.of(chunk);
  }

  private ObjectNode chunk(int index, ObjectNode delta) {
    var chunk = bareChunk(index, delta);
    if (request.timed()) {
      chunk.set("timings", timings.json());
    }
    return chunk;
  }

  private ObjectNode bareChunk(int index, ObjectNode delta) {
    var chunk = head.json(CHUNK);
    var choice = chunk.putArray("choices").addObject().put("index", index);
    choice.set("delta", delta);
    choice.putNull("logprobs").putNull("finish_reason");
    if (request.withUsage()) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  private static ObjectNode choice(ObjectNode chunk) {
    return (ObjectNode) ((ArrayNode) chunk.get("choices")).get(0);
  }
}

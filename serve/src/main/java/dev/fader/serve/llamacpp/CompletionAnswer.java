package dev.fader.serve.llamacpp;

import dev.fader.generate.Generation;
import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.TokenLikelihood;
import dev.fader.schedule.GenerationStream;
import dev.fader.serve.body.LikelihoodBytes;
import dev.fader.serve.body.RunningTimings;
import dev.fader.serve.body.Timings;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import dev.fader.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What is told of a completion, in llama.cpp's words.
final class CompletionAnswer {
  private final CompletionRequest request;
  private final ModelLease lease;
  private final int[] prompt;
  private final int index;
  private final List<TokenLikelihood> likelihoods = new ArrayList<>();
  private final GenerationStream stream;
  private final RunningTimings timings;

  /// @param stream of the events that are told here
  /// @param lease of the model that writes
  /// @param prompt that it goes on from
  /// @param index of the text, of all that were asked for
  CompletionAnswer(
      CompletionRequest request,
      GenerationStream stream,
      ModelLease lease,
      int[] prompt,
      int index) {
    this.stream = stream;
    this.timings = new RunningTimings(stream.happened());
    this.request = request;
    this.lease = lease;
    this.prompt = prompt;
    this.index = index;
  }

  /// Notes that the prompt was read, of which some tokens were known before.
  void promptRead(int tokens, int reused) {
    timings.promptRead(tokens, reused, stream.happened());
  }

  /// Whether a stream tells how far the prompt was read.
  boolean tellsProgress() {
    return request.progress();
  }

  /// How far the prompt was read.
  ObjectNode progress(int tokens, int reused, int read) {
    var piece = piece("", List.of(), List.of());
    piece.set("prompt_progress", timings.progress(tokens, reused, read, stream.happened()));
    return piece;
  }

  /// Counts tokens, and keeps what is told of them, if that is told with the whole text.
  ///
  /// @throws dev.fader.serve.http.ApiException if there is no memory for it
  void heard(int ids, List<TokenLikelihood> more, Exchange exchange) {
    timings.written(ids, stream.happened());
    if (request.probabilities() > 0 && !request.stream()) {
      exchange.reserve(LikelihoodBytes.of(more));
      likelihoods.addAll(more);
    }
  }

  /// A piece of the text.
  ObjectNode piece(String text, List<Integer> ids, List<TokenLikelihood> told) {
    var piece = JsonText.object().put("index", index).put("content", text);
    ids.forEach(piece.putArray("tokens")::add);
    piece.put("stop", false).put("id_slot", -1);
    piece.put("tokens_evaluated", prompt.length);
    if (request.probabilities() > 0) {
      piece.set("completion_probabilities", probabilities(told));
    }
    if (request.timed()) {
      piece.set("timings", timings.json());
    }
    return piece;
  }

  /// All that is told at the end.
  ///
  /// @param text the content, which is told already if it is streamed
  ObjectNode end(Generation generation, String text) {
    var end = JsonText.object().put("index", index).put("content", text);
    var tokens = end.putArray("tokens");
    if (request.tokens() && !request.stream()) {
      generation.ids().forEach(tokens::add);
    }
    end.put("id_slot", -1).put("stop", true).put("model", lease.name());
    end.put("tokens_predicted", request.nothing() ? 0 : generation.ids().size());
    end.put("tokens_evaluated", prompt.length);
    var settings = GenerationParameters.of(request.options()).put("n_ctx", lease.context());
    if (request.nothing()) {
      settings.put("n_predict", 0);
    }
    settings.put("n_probs", request.probabilities()).put("stream", request.stream());
    end.set("generation_settings", settings);
    end.put("prompt", promptText());
    end.put("has_new_line", generation.text().indexOf('\n') >= 0);
    end.put("truncated", generation.stopReason() == StopReason.CONTEXT);
    end.put("stop_type", stopType(generation.stopReason()));
    end.put("stopping_word", generation.stop().orElse(""));
    end.put("tokens_cached", prompt.length + generation.ids().size());
    end.set("timings", Timings.json(generation));
    if (request.probabilities() > 0 && !request.stream()) {
      end.set("completion_probabilities", probabilities(likelihoods));
    }
    return request.fields().isEmpty() ? end : only(end, request.fields());
  }

  private String promptText() {
    var tokenizer = lease.tokenizer();
    int[] prefix = tokenizer.prefixTokens();
    var text = new StringBuilder();
    int from = 0;
    while (from < prefix.length && from < prompt.length && prompt[from] == prefix[from]) {
      text.append(tokenizer.piece(prefix[from++]));
    }
    int[] rest = Arrays.copyOfRange(prompt, from, prompt.length);
    return text.append(TokenRoutes.text(rest, tokenizer)).toString();
  }

  private static String stopType(StopReason reason) {
    return switch (reason) {
      case END_TOKEN, GRAMMAR -> "eos";
      case STOP_TEXT -> "word";
      case LENGTH, CONTEXT -> "limit";
      case INTERRUPTED -> "none";
    };
  }

  private ArrayNode probabilities(List<TokenLikelihood> told) {
    var tokenizer = lease.tokenizer();
    var list = JsonNodeFactory.instance.arrayNode();
    for (var one : told) {
      var entry = list.addObject();
      token(entry, one.id(), tokenizer);
      entry.put(name(), told(Math.exp(one.logProbability()), one.logProbability()));
      var top = entry.putArray(request.sampled() ? "top_probs" : "top_logprobs");
      for (var candidate : one.top()) {
        var alternative = top.addObject();
        token(alternative, candidate.id(), tokenizer);
        double probability = candidate.probability();
        double nats = Math.log(Math.max(probability, Double.MIN_NORMAL));
        alternative.put(name(), told(probability, nats));
      }
    }
    return list;
  }

  private String name() {
    return request.sampled() ? "prob" : "logprob";
  }

  private double told(double probability, double nats) {
    return request.sampled() ? probability : nats;
  }

  private static void token(ObjectNode entry, int id, Tokenizer tokenizer) {
    byte[] bytes = tokenizer.bytes(id);
    entry.put("id", id).put("token", new String(bytes, StandardCharsets.UTF_8));
    entry.set("bytes", Bytes.list(bytes));
  }

  /// What a request asks for; `a/b` is the field `b` of `a`, under this name.
  private static ObjectNode only(ObjectNode all, List<String> fields) {
    var some = JsonText.object();
    for (var field : fields) {
      JsonNode value = all;
      for (var part : field.split("/", -1)) {
        value = value.path(part);
      }
      if (!value.isMissingNode()) {
        some.set(field, value);
      }
    }
    return some;
  }
}

package dev.fader.serve.llamacpp;

import dev.fader.generate.Generation;
import dev.fader.schedule.GenerationEvent;
import dev.fader.schedule.GenerationStream;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.EventStream;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Texts that go on from prompts, and texts that fit between two.
final class CompletionRoutes {
  private final ServedModels models;

  CompletionRoutes(ServedModels models) {
    this.models = models;
  }

  void complete(Exchange exchange) throws InterruptedException {
    var body = BodyFields.ofTextRequest(exchange);
    var prompt = body.required("prompt", "a text, a list of tokens and texts, or a list of these");
    try (var lease = models.lease(body.text("model"))) {
      var prompts = Prompts.read(prompt, "prompt", lease);
      var request = exchange.whileAwaited(() -> CompletionRequest.read(body, lease, exchange));
      answer(exchange, request, prompts, lease);
    }
  }

  void infill(Exchange exchange) throws InterruptedException {
    var body = BodyFields.ofTextRequest(exchange);
    try (var lease = models.lease(body.text("model"))) {
      var prompt = InfillPrompt.read(body, lease.tokenizer());
      var prompts = new Prompts(List.of(prompt), false);
      var request = exchange.whileAwaited(() -> CompletionRequest.read(body, lease, exchange));
      answer(exchange, request, prompts, lease);
    }
  }

  private static void answer(
      Exchange exchange, CompletionRequest request, Prompts prompts, ModelLease lease)
      throws InterruptedException {
    var terms = ModelLease.terms(exchange);
    var streams = new ArrayList<GenerationStream>();
    exchange.whenGone(() -> {
      synchronized (streams) {
        streams.forEach(GenerationStream::cancel);
      }
    });
    try {
      for (var prompt : prompts.tokens()) {
        var stream = lease.serving().write(request.of(prompt, lease, terms));
        synchronized (streams) {
          streams.add(stream);
        }
      }
      exchange.requireClient(); // which may have gone before there was anything to cancel
      var written = new ArrayList<Generation>();
      var answers = new ArrayList<ObjectNode>();
      var events =
          request.stream() ? Optional.of(exchange.events()) : Optional.<EventStream>empty();
      var pieces = request.nothing() ? Optional.<EventStream>empty() : events;
      for (int i = 0; i < streams.size(); i++) {
        var texts = new ArrayList<CompletionAnswer>();
        for (int number = 0; number < request.count(); number++) {
          var from = prompts.tokens().get(i);
          int index = i * request.count() + number;
          texts.add(new CompletionAnswer(request, streams.get(i), lease, from, index));
        }
        var generations = follow(streams.get(i), texts, exchange, pieces);
        written.addAll(generations);
        for (int number = 0; number < texts.size(); number++) {
          var generation = generations.get(number);
          var text = request.stream() || request.nothing() ? "" : generation.text();
          var end = texts.get(number).end(generation, text);
          answers.add(end);
          events.ifPresent(stream -> stream.send(end));
        }
      }
      report(exchange, lease, written);
      if (!request.stream()) {
        send(exchange, answers, prompts.many() || request.count() > 1);
      }
    } finally {
      streams.forEach(GenerationStream::close);
    }
  }

  private static List<Generation> follow(
      GenerationStream stream,
      List<CompletionAnswer> texts,
      Exchange exchange,
      Optional<EventStream> pieces)
      throws InterruptedException {
    var first = texts.getFirst();
    var progress = pieces.filter(_ -> first.tellsProgress());
    var generations = new Generation[texts.size()];
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      switch (event.get()) {
        case GenerationEvent.PromptProgress(int tokens, int reused, int read) ->
            progress.ifPresent(some -> some.send(first.progress(tokens, reused, read)));
        case GenerationEvent.PromptRead(int tokens, int reused) -> {
          texts.forEach(text -> text.promptRead(tokens, reused));
          progress.ifPresent(some -> some.send(first.progress(tokens, reused, tokens)));
        }
        case GenerationEvent.Written(var number, var ids, var text, var likelihoods, _) -> {
          var answer = texts.get(number);
          answer.heard(ids.size(), likelihoods, exchange);
          pieces.ifPresent(some -> some.send(answer.piece(text, ids, likelihoods)));
        }
        case GenerationEvent.Ended(var number, var ended) -> generations[number] = ended;
        case GenerationEvent.Failed(var cause) -> throw cause;
      }
    }
    return List.of(generations);
  }

  private static void report(Exchange exchange, ModelLease lease, List<Generation> written) {
    int input = 0;
    int cached = 0;
    int output = 0;
    double reading = 0;
    double writing = 0;
    var endings = new ArrayList<String>();
    for (var generation : written) {
      input += generation.promptTokens();
      cached += generation.reusedTokens();
      output += generation.ids().size();
      reading += generation.promptSeconds();
      writing += generation.seconds();
      endings.add(generation.stopReason().name().toLowerCase(Locale.ROOT));
    }
    exchange.report(new Usage("text_completion", lease.name(), input, cached, output, endings));
    exchange.reportSeconds(reading, writing);
  }

  private static void send(Exchange exchange, List<ObjectNode> answers, boolean many) {
    if (many) {
      var list = JsonNodeFactory.instance.arrayNode();
      answers.forEach(list::add);
      exchange.send(list);
    } else {
      exchange.send(answers.getFirst());
    }
  }
}

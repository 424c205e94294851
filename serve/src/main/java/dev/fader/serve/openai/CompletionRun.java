package dev.fader.serve.openai;

import dev.fader.generate.Generation;
import dev.fader.schedule.GenerationEvent;
import dev.fader.schedule.GenerationStream;
import dev.fader.serve.body.LikelihoodBytes;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.model.ModelLease;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// The continuations of one prompt. Owned by one caller.
final class CompletionRun {
  private final int first; // index of the first continuation among all
  private final CompletionRequest request;
  private final CompletionBodies bodies;
  private final Optional<PromptEcho> echo;
  private final List<TokenTable> tables = new ArrayList<>(); // none if nothing is told of tokens
  private final List<Generation> generations = new ArrayList<>();
  private final Exchange exchange;
  private final int prompt; // tokens

  /// What a run is made with, beside its number.
  ///
  /// @param bodies of what is told
  record Means(
      Exchange exchange, ModelLease lease, CompletionRequest request, CompletionBodies bodies) {}

  CompletionRun(int number, Means means) throws Exception {
    var request = means.request;
    var lease = means.lease;
    var asked = request.prompts().get(number);
    int count = request.texts().count();
    this.first = number * count;
    this.request = request;
    this.bodies = means.bodies;
    this.exchange = means.exchange;
    this.prompt = asked.tokens().length;
    this.echo =
        request.echo()
            ? Optional.of(PromptEcho.of(asked, lease, request, means.exchange))
            : Optional.empty();
    int ranked = request.texts().ranked();
    for (int i = 0; ranked >= 0 && i < count; i++) {
      var table = new TokenTable(new Likelihoods(lease.tokenizer()), ranked > 0);
      echo.ifPresent(told -> told.addTo(table));
      tables.add(table);
    }
  }

  private Optional<ObjectNode> table(int text) {
    return tables.isEmpty() || tables.get(text).isEmpty()
        ? Optional.empty()
        : Optional.of(tables.get(text).take());
  }

  /// Takes all events, and tells of each.
  ///
  /// @param to takes the chunks
  void stream(Optional<GenerationStream> events, Consumer<ObjectNode> to)
      throws InterruptedException {
    echo.ifPresent(told -> {
      for (int i = 0; i < request.texts().count(); i++) {
        to.accept(bodies.chunk(bodies.choice(first + i, told.text(), table(i))));
      }
    });
    read(
        events,
        written ->
            to.accept(
                bodies.chunk(
                    bodies.choice(
                        first + written.number(), written.text(), table(written.number())))),
        (number, reason) ->
            to.accept(
                bodies.chunk(
                    bodies
                        .choice(first + number, "", table(number))
                        .put("finish_reason", reason))));
  }

  /// Takes all events, and returns the whole texts.
  List<ObjectNode> collect(Optional<GenerationStream> events) throws InterruptedException {
    var texts = new ArrayList<StringBuilder>();
    var choices = new ArrayList<ObjectNode>();
    for (int i = 0; i < request.texts().count(); i++) {
      texts.add(new StringBuilder(echo.map(PromptEcho::text).orElse("")));
    }
    var reasons = new String[texts.size()];
    read(
        events,
        written -> texts.get(written.number()).append(written.text()),
        (number, reason) -> reasons[number] = reason);
    for (int i = 0; i < texts.size(); i++) {
      choices.add(
          bodies
              .choice(first + i, texts.get(i).toString(), table(i))
              .put("finish_reason", reasons[i]));
    }
    return choices;
  }

  private interface End {
    void at(int number, String reason);
  }

  private void read(
      Optional<GenerationStream> events, Consumer<GenerationEvent.Written> written, End end)
      throws InterruptedException {
    if (events.isEmpty()) { // of the prompt alone
      for (int i = 0; i < request.texts().count(); i++) {
        end.at(i, FinishReason.LENGTH);
      }
      return;
    }
    for (var event = events.get().next(); event.isPresent(); event = events.get().next()) {
      switch (event.get()) {
        case GenerationEvent.PromptProgress _, GenerationEvent.PromptRead _ -> {}
        case GenerationEvent.Written some -> {
          if (!tables.isEmpty()) {
            if (!request.delivery().streamed()) { // or else they are told at once
              exchange.reserve(LikelihoodBytes.of(some.likelihoods()));
            }
            some.likelihoods().forEach(tables.get(some.number())::add);
          }
          written.accept(some);
        }
        case GenerationEvent.Ended(var number, var generation) -> {
          AnswerRecord.requireWhole(generation, exchange::brokenOff);
          generations.add(generation);
          end.at(number, FinishReason.of(generation));
        }
        case GenerationEvent.Failed(var cause) -> throw cause;
      }
    }
  }

  /// How many tokens it took.
  TokenCounts counts() {
    return generations.isEmpty()
        ? new TokenCounts(prompt, 0, 0, 0)
        : TokenCounts.of(generations, 0);
  }

  /// The continuations, once they have ended.
  List<Generation> texts() {
    return generations;
  }
}

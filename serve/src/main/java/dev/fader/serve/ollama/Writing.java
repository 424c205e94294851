package dev.fader.serve.ollama;

import dev.fader.AnswerEvent;
import dev.fader.AnswerStream;
import dev.fader.answer.AnswerRequest;
import dev.fader.answer.AnswerRequestException;
import dev.fader.generate.Conversation;
import dev.fader.generate.Generation;
import dev.fader.schedule.GenerationEvent;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.schedule.GenerationStream;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// `POST /api/chat` and `/api/generate`.
final class Writing {
  private final ServedModels models;

  Writing(ServedModels models) {
    this.models = models;
  }

  void chat(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    long began = System.nanoTime();
    boolean asksNothing = body.list("messages", Integer.MAX_VALUE).isEmpty();
    if (asksNothing && isClosing(body)) {
      close(exchange, body, Lines.Shape.CHAT);
      return;
    }
    beginSoon(exchange, body, !asksNothing);
    try (var lease = Asked.lease(models, body)) {
      var lines = new Lines(exchange, lease, Lines.Shape.CHAT, began);
      if (asksNothing) { // opens the model, or keeps it
        lines.loaded();
        return;
      }
      answer(exchange, lease, new Asking(body, Asked.chat(body), lines));
    } catch (AnswerRequestException wrong) {
      throw ApiException.invalid(wrong.field(), String.valueOf(wrong.getMessage()));
    }
  }

  /// Lines begin in good time, be it only to say that there is nothing yet.
  private static void beginSoon(Exchange exchange, BodyFields body, boolean asks) {
    if (asks && body.flag("stream", true)) {
      exchange.lines();
    }
  }

  void generate(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    long began = System.nanoTime();
    var prompt = body.text("prompt").orElse("");
    if (prompt.isEmpty() && isClosing(body)) {
      close(exchange, body, Lines.Shape.GENERATE);
      return;
    }
    beginSoon(exchange, body, !prompt.isEmpty());
    try (var lease = Asked.lease(models, body)) {
      var lines = new Lines(exchange, lease, Lines.Shape.GENERATE, began);
      Asked.refuseImages(body);
      if (prompt.isEmpty()) {
        lines.loaded();
        return;
      }
      if (body.flag("raw", false) || lease.serving().template().isEmpty()) {
        goOn(exchange, lease, body, lines);
        return;
      }
      var asked =
          new AnswerRequest(
                  Conversation.empty()
                      .withSystem(body.text("system").orElse(""))
                      .with("user", prompt))
              .with(Asked.format(body))
              .with(Asked.variables(body));
      answer(exchange, lease, new Asking(body, asked, lines));
    } catch (AnswerRequestException wrong) {
      throw ApiException.invalid(wrong.field(), String.valueOf(wrong.getMessage()));
    }
  }

  private static boolean isClosing(BodyFields body) {
    return Asked.keptOpen(body).filter(Duration::isZero).isPresent();
  }

  /// A request that asks nothing and keeps nothing open closes the model, once nobody uses it.
  private void close(Exchange exchange, BodyFields body, Lines.Shape shape) {
    var model = models.find(Optional.of(body.requiredText("model")));
    models.keep(model, Optional.of(Duration.ZERO));
    Lines.unloaded(exchange, model.name(), shape);
  }

  /// A question, and where its answer goes.
  private record Asking(BodyFields body, AnswerRequest asked, Lines lines) {}

  private static void answer(Exchange exchange, ModelLease lease, Asking asking)
      throws InterruptedException {
    lease.requireChat("continue texts by /api/generate");
    boolean streamed = asking.body.flag("stream", true);
    var options = Asked.options(asking.body, lease);
    try (var stream = lease.answer(exchange, asking.asked, options, texts(lease))) {
      exchange.whenGone(stream::cancel);
      report(exchange, lease, "chat", told(stream, asking.lines, streamed, exchange));
    }
  }

  private static Generation told(
      AnswerStream stream, Lines lines, boolean streamed, Exchange exchange)
      throws InterruptedException {
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      switch (event.get()) {
        case AnswerEvent.PromptProgress _, AnswerEvent.PromptRead _ -> {}
        case AnswerEvent.Written written -> {
          if (streamed) {
            written.parts().forEach(lines::tell);
          }
        }
        case AnswerEvent.Ended(_, var answer, var generation) -> {
          requireWhole(generation, exchange);
          lines.end(answer, generation, streamed);
          return generation;
        }
        case AnswerEvent.Failed(var cause) -> throw cause;
      }
    }
    throw new IllegalStateException("an answer has no end");
  }

  /// Continues a text as it is.
  private static void goOn(Exchange exchange, ModelLease lease, BodyFields body, Lines lines)
      throws InterruptedException {
    lease.tokenizer(); // without which there is no text
    var plain = Asked.options(body, lease);
    var grammar = exchange.whileAwaited(() -> Asked.grammar(body, lease.grammars(exchange)));
    var options = grammar.map(plain::withGrammar).orElse(plain);
    var serving = lease.serving();
    var request =
        serving
            .request(body.requiredText("prompt"), options)
            .with(texts(lease))
            .with(ModelLease.terms(exchange));
    boolean streamed = body.flag("stream", true);
    try (var stream = serving.write(request)) {
      exchange.whenGone(stream::cancel);
      report(exchange, lease, "text_completion", told(stream, lines, streamed, exchange));
    }
  }

  private static Generation told(
      GenerationStream stream, Lines lines, boolean streamed, Exchange exchange)
      throws InterruptedException {
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      switch (event.get()) {
        case GenerationEvent.PromptProgress _, GenerationEvent.PromptRead _ -> {}
        case GenerationEvent.Written written -> {
          if (streamed && !written.text().isEmpty()) {
            lines.tell(written.text());
          }
        }
        case GenerationEvent.Ended(_, var generation) -> {
          requireWhole(generation, exchange);
          lines.end(generation, streamed);
          return generation;
        }
        case GenerationEvent.Failed(var cause) -> throw cause;
      }
    }
    throw new IllegalStateException("a text has no end");
  }

  private static Texts texts(ModelLease lease) {
    return new Texts(1, lease.strengths(), -1, 0);
  }

  private static void requireWhole(Generation generation, Exchange exchange) {
    if (generation.stopReason() == Generation.StopReason.INTERRUPTED) {
      throw exchange.brokenOff();
    }
  }

  private static void report(
      Exchange exchange, ModelLease lease, String operation, Generation text) {
    exchange.reportSeconds(text.promptSeconds(), text.seconds());
    exchange.report(
        new Usage(
            operation,
            lease.name(),
            text.promptTokens(),
            text.reusedTokens(),
            text.ids().size(),
            List.of(Lines.reason(text))));
  }
}

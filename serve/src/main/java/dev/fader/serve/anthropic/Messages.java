package dev.fader.serve.anthropic;

import dev.fader.AnswerEvent;
import dev.fader.AnswerStream;
import dev.fader.answer.AnswerRequestException;
import dev.fader.generate.Generation;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import java.util.Optional;

/// `POST /v1/messages` and `/v1/messages/count_tokens`.
final class Messages {
  private final ServedModels models;

  Messages(ServedModels models) {
    this.models = models;
  }

  void count(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(body.text("model"))) {
      lease.requireChat("ask another model");
      int tokens = lease.plan(exchange, MessagesRequest.asked(body)).prompt().length;
      exchange.send(JsonText.object().put("input_tokens", tokens));
    } catch (AnswerRequestException wrong) {
      throw ApiException.invalid(wrong.field(), String.valueOf(wrong.getMessage()));
    }
  }

  void answer(Exchange exchange) throws Exception {
    var body = BodyFields.ofTextRequest(exchange);
    try (var lease = models.lease(body.text("model"))) {
      lease.requireChat("ask another model");
      answer(exchange, lease, MessagesRequest.read(body, lease));
    } catch (AnswerRequestException wrong) {
      throw ApiException.invalid(wrong.field(), String.valueOf(wrong.getMessage()));
    }
  }

  private static void answer(Exchange exchange, ModelLease lease, MessagesRequest request)
      throws InterruptedException {
    try (var stream = lease.answer(exchange, request.asked(), request.options(), request.texts())) {
      exchange.whenGone(stream::cancel);
      var bodies = new MessageBodies(lease);
      var ended = request.streamed() ? stream(exchange, stream, bodies) : whole(stream);
      requireWhole(ended.generation(), exchange);
      if (!request.streamed()) {
        exchange.send(bodies.whole(ended));
      }
      var text = ended.generation();
      exchange.reportSeconds(text.promptSeconds(), text.seconds());
      exchange.report(
          new Usage(
              "chat",
              lease.name(),
              text.promptTokens(),
              text.reusedTokens(),
              text.ids().size(),
              List.of(bodies.stopReason(ended))));
    }
  }

  private static AnswerEvent.Ended whole(AnswerStream stream) throws InterruptedException {
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      switch (event.get()) {
        case AnswerEvent.Ended ended -> {
          return ended;
        }
        case AnswerEvent.Failed(var cause) -> throw cause;
        case AnswerEvent.PromptProgress _, AnswerEvent.PromptRead _, AnswerEvent.Written _ -> {}
      }
    }
    throw new IllegalStateException("an answer has no end");
  }

  /// What fails before the prompt was read has a status of its own.
  private static AnswerEvent.Ended stream(
      Exchange exchange, AnswerStream stream, MessageBodies bodies) throws InterruptedException {
    var events = Optional.<MessageEvents>empty();
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      switch (event.get()) {
        case AnswerEvent.PromptProgress _ -> {}
        case AnswerEvent.PromptRead(var tokens, var reused) ->
            events =
                Optional.of(new MessageEvents(exchange.events(), bodies.begun(tokens, reused)));
        case AnswerEvent.Written written ->
            events.ifPresent(some -> written.parts().forEach(some::tell));
        case AnswerEvent.Ended ended -> {
          requireWhole(ended.generation(), exchange);
          events.ifPresent(some -> some.end(bodies.delta(ended)));
          return ended;
        }
        case AnswerEvent.Failed(var cause) -> throw cause;
      }
    }
    throw new IllegalStateException("an answer has no end");
  }

  private static void requireWhole(Generation generation, Exchange exchange) {
    if (generation.stopReason() == Generation.StopReason.INTERRUPTED) {
      throw exchange.brokenOff();
    }
  }
}

package dev.fader.serve.openai;

import dev.fader.AnswerEvent;
import dev.fader.AnswerStream;
import dev.fader.answer.AnswerRequestException;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.LikelihoodBytes;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;

/// `POST /v1/chat/completions`.
final class ChatCompletions {
  private final ServedModels models;

  ChatCompletions(ServedModels models) {
    this.models = models;
  }

  void handle(Exchange exchange) throws Exception {
    var body = BodyFields.ofTextRequest(exchange);
    try (var lease = models.lease(body.text("model"))) {
      answer(exchange, lease, ChatRequest.read(body, lease));
    } catch (AnswerRequestException wrong) {
      throw ApiException.invalid(wrong.field(), String.valueOf(wrong.getMessage()));
    }
  }

  private static void answer(Exchange exchange, ModelLease lease, ChatRequest request)
      throws InterruptedException {
    var answers =
        new AnswerRecord(exchange::brokenOff, request.texts().count(), !request.streamed());
    try (var stream = lease.answer(exchange, request.asked(), request.options(), request.texts())) {
      exchange.whenGone(stream::cancel);
      var bodies =
          new ChatBodies(
              ResponseHead.of("chatcmpl-", lease), new Likelihoods(lease.tokenizer()), request);
      if (request.streamed()) {
        stream(new Chunks(exchange), stream, answers, bodies);
      } else {
        for (var event = stream.next(); event.isPresent(); event = stream.next()) {
          if (event.get() instanceof AnswerEvent.Written written) { // all of which is kept
            exchange.reserve(LikelihoodBytes.of(written.likelihoods()));
          }
          answers.add(event.get());
        }
        exchange.send(bodies.whole(answers));
      }
    }
    exchange.reportSeconds(answers.first().promptSeconds(), answers.first().seconds());
    exchange.report(answers.usage(lease.name()));
  }

  private static void stream(
      Chunks chunks, AnswerStream stream, AnswerRecord answers, ChatBodies bodies)
      throws InterruptedException {
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      answers.add(event.get());
      if (event.get() instanceof AnswerEvent.PromptProgress && !bodies.tellsProgress()) {
        continue;
      }
      if (!chunks.areTold()) {
        bodies.begin().forEach(chunks::send);
      }
      switch (event.get()) {
        case AnswerEvent.PromptProgress(var tokens, var reused, var read) ->
            chunks.send(bodies.progress(tokens, reused, read));
        case AnswerEvent.PromptRead(var tokens, var reused) -> {
          bodies.read(tokens, reused);
          if (bodies.tellsProgress()) {
            chunks.send(bodies.progress(tokens, reused, tokens));
          }
        }
        case AnswerEvent.Written written -> bodies.written(written).forEach(chunks::send);
        case AnswerEvent.Ended ended -> chunks.send(bodies.ended(ended));
        case AnswerEvent.Failed _ -> {}
      }
    }
    bodies.usage(answers).ifPresent(chunks::send);
    chunks.done();
  }
}

package dev.fader.serve.openai;

import dev.fader.AnswerEvent;
import dev.fader.AnswerStream;
import dev.fader.answer.AnswerRequestException;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.LikelihoodBytes;
import dev.fader.serve.http.ClientGoneException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.Failures;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;

/// `POST /v1/responses`, which stores nothing, and `/v1/responses/input_tokens`.
final class Responses {
  private final ServedModels models;

  Responses(ServedModels models) {
    this.models = models;
  }

  void count(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(body.text("model"))) {
      var request = ResponseRequest.read(body, lease);
      try {
        int tokens = lease.plan(exchange, request.asked()).prompt().length;
        exchange.send(
            JsonText.object().put("object", "response.input_tokens").put("input_tokens", tokens));
      } catch (AnswerRequestException wrong) {
        throw request.input().told(wrong);
      }
    }
  }

  void answer(Exchange exchange) throws Exception {
    var body = BodyFields.ofTextRequest(exchange);
    try (var lease = models.lease(body.text("model"))) {
      var request = ResponseRequest.read(body, lease);
      try (var stream = begin(exchange, lease, request)) {
        exchange.whenGone(stream::cancel);
        var writer =
            new ResponseWriter(
                ResponseHead.of("resp_", lease), request, new Likelihoods(lease.tokenizer()));
        var answers = new AnswerRecord(exchange::brokenOff, 1, false);
        if (request.streamed()) {
          stream(exchange, stream, answers, writer);
        } else {
          for (var event = stream.next(); event.isPresent(); event = stream.next()) {
            read(event.get(), answers, writer, exchange);
            writer.take(); // nobody is told of what is written on the way
          }
          exchange.send(writer.end(answers));
        }
        exchange.reportSeconds(answers.first().promptSeconds(), answers.first().seconds());
        exchange.report(answers.usage(lease.name()));
      }
    }
  }

  private static AnswerStream begin(Exchange exchange, ModelLease lease, ResponseRequest request) {
    try {
      return lease.answer(exchange, request.asked(), request.options(), request.texts());
    } catch (AnswerRequestException wrong) {
      throw request.input().told(wrong);
    }
  }

  private static void read(
      AnswerEvent event, AnswerRecord answers, ResponseWriter writer, Exchange exchange) {
    answers.add(event);
    switch (event) {
      case AnswerEvent.PromptProgress(var tokens, var reused, var read) ->
          writer.progress(tokens, reused, read);
      case AnswerEvent.PromptRead(var tokens, var reused) -> writer.read(tokens, reused);
      case AnswerEvent.Written written -> {
        exchange.reserve(LikelihoodBytes.of(written.likelihoods())); // told once more at the end
        writer.write(written);
      }
      case AnswerEvent.Ended _, AnswerEvent.Failed _ -> {}
    }
  }

  private static void stream(
      Exchange exchange, AnswerStream stream, AnswerRecord answers, ResponseWriter writer)
      throws InterruptedException {
    var chunks = new Chunks(exchange);
    writer.begin();
    try {
      for (var event = stream.next(); event.isPresent(); event = stream.next()) {
        read(event.get(), answers, writer, exchange);
        writer.take().forEach(chunks::sendNamed);
      }
      writer.end(answers);
    } catch (ClientGoneException gone) {
      throw gone;
    } catch (RuntimeException failed) {
      if (!chunks.haveBegun()) {
        throw failed;
      }
      writer.fail(Failures.told(failed));
    }
    writer.take().forEach(chunks::sendNamed);
  }
}

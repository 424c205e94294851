package dev.fader.app.studio.board;

import dev.fader.GenerationOptions;
import dev.fader.LanguageModel;
import dev.fader.Serving;
import dev.fader.app.studio.request.FileFailures;
import dev.fader.generate.Generation;
import dev.fader.generate.TokenLikelihood;
import dev.fader.model.mix.Mix;
import dev.fader.schedule.GenerationEvent;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.schedule.GenerationStream;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.Range;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.EventStream;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ObjectNode;

/// Whole texts with a mix: how well they are foretold, and how they go on.
final class TextRoutes {
  private static final int MOST_PIECES = 512;
  private static final int ALTERNATIVES = 5;
  private static final int USUAL_TOKENS = 100;
  private static final int MOST_TOKENS = 100_000;

  /// Mixed models that write at a time: each has sessions of its own.
  private static final int TOGETHER = 4;

  private final ServedModels models;
  private final Lanes lanes;
  private final Semaphore places = new Semaphore(TOGETHER);

  TextRoutes(ServedModels models, Lanes lanes) {
    this.models = models;
    this.lanes = lanes;
  }

  List<Route> routes() {
    return List.of(
        Route.post(BoardRoutes.PATH + "board/loss", this::loss),
        Route.post(BoardRoutes.PATH + "board/generate", this::generate));
  }

  /// A model with faders turned, and what writes its texts.
  private record Mixed(LanguageModel model, Serving serving) implements AutoCloseable {
    @SuppressWarnings("MustBeClosedChecker") // the one that is returned owns them
    static Mixed of(ModelLease lease, Mix mix) throws IOException {
      var model = lease.serving().model().turned(mix, strengths(lease));
      try {
        return new Mixed(model, model.serve(new SchedulerLimits(1, 0, 64), Optional.empty()));
      } catch (RuntimeException | Error failed) {
        model.close();
        throw failed;
      }
    }

    @Override
    public void close() {
      serving.close();
      model.close();
    }
  }

  private static float[] strengths(ModelLease lease) {
    var strengths = new float[lease.strengths().size()];
    for (int i = 0; i < strengths.length; i++) {
      strengths[i] = lease.strengths().get(i);
    }
    return strengths;
  }

  private void loss(Exchange exchange) throws Exception {
    long start = System.nanoTime();
    var asked = BoardQuestion.of(exchange);
    try (var lease = asked.lease(models)) {
      int[] tokens = asked.textTokens(lease, asked.body().requiredText("text"));
      if (tokens.length < 2) {
        throw asked.body().refused("text", "it has one token, and none to foretell: give more");
      }
      asked.reserve(0, Math.min(tokens.length, MOST_PIECES));
      var answer =
          lanes
              .reading(lease)
              .compute(
                  exchange,
                  stop -> FileFailures.told(() -> losses(lease, asked.mix(lease), tokens, stop)));
      exchange.send(PredictionRoutes.timed(answer, start));
    }
  }

  private static ObjectNode losses(ModelLease lease, Mix mix, int[] tokens, BooleanSupplier stop)
      throws IOException {
    var before = before(lease, tokens, stop);
    var texts = TokenTexts.of(lease);
    try (var mixed = Mixed.of(lease, mix)) {
      var after = mixed.serving.likelihoods(tokens, 0, stop);
      long bytes = texts.bytes(Arrays.copyOfRange(tokens, 1, tokens.length));
      var answer = JsonText.object();
      answer.set("before", loss(before, bytes));
      answer.set("after", loss(after, bytes));
      var pieces = answer.putArray("pieces");
      for (int i = 0; i < Math.min(before.size(), MOST_PIECES); i++) {
        texts
            .addTo(pieces, before.get(i).id())
            .put("before", -before.get(i).logProbability())
            .put("after", -after.get(i).logProbability());
      }
      return answer;
    }
  }

  /// With nothing turned, whatever mix the model is served with.
  private static List<TokenLikelihood> before(ModelLease lease, int[] tokens, BooleanSupplier stop)
      throws IOException {
    if (lease.model().mix().equals(Mix.NEUTRAL)) {
      return lease.serving().likelihoods(tokens, 0, stop, strengths(lease));
    }
    try (var plain = Mixed.of(lease, Mix.NEUTRAL)) {
      return plain.serving.likelihoods(tokens, 0, stop);
    }
  }

  /// @param bytes that the tokens write
  private static ObjectNode loss(List<TokenLikelihood> likelihoods, long bytes) {
    double nats = 0;
    for (var token : likelihoods) {
      nats -= token.logProbability();
    }
    var loss =
        JsonText.object()
            .put("nats_per_token", nats / likelihoods.size())
            .put("tokens", likelihoods.size());
    return bytes == 0 ? loss : loss.put("bits_per_byte", nats / Math.log(2) / bytes);
  }

  private void generate(Exchange exchange) throws Exception {
    var asked = BoardQuestion.of(exchange);
    try (var lease = asked.lease(models)) {
      int[] prompt = asked.prompt(lease);
      var options = options(asked.body()).withContext(lease.usual().context());
      if (!places.tryAcquire()) {
        throw new ApiException(
                ApiException.Kind.BUSY, "as many texts are written as may: try again in 1 s")
            .retryAfter(1);
      }
      try (var mixed = FileFailures.told(() -> Mixed.of(lease, asked.mix(lease)))) {
        var request =
            mixed
                .serving
                .request(prompt, options)
                .with(new Texts(1, List.of(), ALTERNATIVES, 0))
                .with(ModelLease.terms(exchange));
        try (var stream = mixed.serving.write(request)) {
          exchange.whenGone(stream::cancel);
          tell(stream, exchange.events(), TokenTexts.of(lease));
        }
      } finally {
        places.release();
      }
    }
  }

  /// As `generate` of the command line writes, where nothing else is said.
  private static GenerationOptions options(BodyFields body) {
    var options =
        GenerationOptions.OF_TEXT.withMaxTokens(
            body.whole("max_tokens", 1, MOST_TOKENS).orElse(USUAL_TOKENS));
    var temperature = body.number("temperature", Range.of(0, 100));
    if (temperature.isPresent()) {
      // 0.8, and not the float32 that is nearest to it.
      options = options.withTemperature(Double.parseDouble(temperature.get().toString()));
    }
    var seed = body.wholeLong("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    return seed.isPresent() ? options.withSeed(seed.get()) : options;
  }

  private static void tell(GenerationStream stream, EventStream to, TokenTexts texts)
      throws InterruptedException {
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      switch (event.get()) {
        case GenerationEvent.PromptProgress _, GenerationEvent.PromptRead _ -> {}
        case GenerationEvent.Written written ->
            written.likelihoods().forEach(token -> to.send(written(token, texts)));
        case GenerationEvent.Ended(_, var generation) -> to.send(done(generation));
        case GenerationEvent.Failed(var cause) -> throw cause;
      }
    }
  }

  private static ObjectNode written(TokenLikelihood token, TokenTexts texts) {
    var told =
        JsonText.object()
            .put("id", token.id())
            .put("piece", texts.piece(token.id()))
            .put("probability", Math.exp(token.logProbability()));
    var alternatives = told.putArray("alternatives");
    for (var other : token.top()) {
      texts.addTo(alternatives, other.id()).put("probability", other.probability());
    }
    return told;
  }

  private static ObjectNode done(Generation generation) {
    int tokens = generation.ids().size();
    double seconds = generation.seconds();
    return JsonText.object()
        .put("done", true)
        .put("reason", reason(generation.stopReason()))
        .put("tokens", tokens)
        .put("tokens_per_second", seconds > 0 ? tokens / seconds : 0)
        .put("prompt_tokens", generation.promptTokens());
  }

  private static String reason(Generation.StopReason reason) {
    return switch (reason) {
      case LENGTH, CONTEXT -> "length";
      case END_TOKEN, STOP_TEXT, GRAMMAR -> "end";
      case INTERRUPTED -> "stopped";
    };
  }
}

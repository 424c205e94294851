package dev.fader.serve.openai;

import dev.fader.generate.Generation;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.schedule.GenerationStream;
import dev.fader.schedule.QueueFullException;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.LikelihoodBytes;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/completions`.
final class Completions {
  /// Prompts of one request that are handed to the scheduler at a time.
  private static final int AT_A_TIME = 8;

  private static final Duration RETRY = Duration.ofMillis(100);

  private final ServedModels models;

  Completions(ServedModels models) {
    this.models = models;
  }

  void handle(Exchange exchange) throws Exception {
    var body = BodyFields.ofTextRequest(exchange);
    try (var lease = models.lease(body.text("model"))) {
      var answering = new Answering(exchange, lease, CompletionRequest.read(body, lease));
      exchange.whenGone(answering::cancel);
      try {
        answering.answer();
      } finally {
        answering.cancel();
      }
    }
  }

  /// One request.
  private static final class Answering {
    private final Exchange exchange;
    private final ModelLease lease;
    private final CompletionRequest request;
    private final CompletionBodies bodies;
    private final List<GenerationStream> streams = new ArrayList<>(); // guarded by this
    private boolean cancelled; // guarded by this

    Answering(Exchange exchange, ModelLease lease, CompletionRequest request) {
      this.exchange = exchange;
      this.lease = lease;
      this.request = request;
      this.bodies =
          new CompletionBodies(ResponseHead.of("cmpl-", lease), request.delivery().withUsage());
    }

    /// Prompts are handed on side by side, and their texts told one after another.
    void answer() throws Exception {
      var means = new CompletionRun.Means(exchange, lease, request, bodies);
      exchange.reserve(echoBytes());
      var chunks = new Chunks(exchange);
      var choices = new ArrayList<ObjectNode>();
      var counts = TokenCounts.NONE;
      var texts = new ArrayList<Generation>();
      for (int i = 0; i < request.prompts().size(); i++) {
        while (!submit(i, Math.min(request.prompts().size(), i + AT_A_TIME))) {
          exchange.requireInTime();
          Thread.sleep(RETRY);
        }
        var run = new CompletionRun(i, means);
        if (request.delivery().streamed()) {
          run.stream(stream(i), chunks::send);
        } else {
          choices.addAll(run.collect(stream(i)));
        }
        counts = counts.plus(run.counts());
        texts.addAll(run.texts());
      }
      var first = texts.stream().findFirst();
      if (!request.delivery().streamed()) {
        exchange.send(bodies.whole(choices, counts, first));
      } else {
        if (request.delivery().withUsage()) {
          chunks.send(bodies.usage(counts, first));
        }
        chunks.done();
      }
      report(counts, texts);
    }

    /// About the bytes that what is told of the tokens of all prompts takes up, if it is.
    private long echoBytes() {
      int ranked = request.texts().ranked();
      if (!request.echo() || ranked < 0) {
        return 0;
      }
      long tokens = 0;
      for (var prompt : request.prompts()) {
        tokens += prompt.tokens().length;
      }
      return LikelihoodBytes.of(tokens * request.texts().count(), ranked);
    }

    private void report(TokenCounts counts, List<Generation> texts) {
      exchange.reportSeconds(
          texts.stream().mapToDouble(Generation::promptSeconds).max().orElse(0),
          texts.stream().mapToDouble(Generation::seconds).max().orElse(0));
      exchange.report(
          new Usage(
              "text_completion",
              lease.name(),
              counts.prompt(),
              counts.cached(),
              counts.written(),
              texts.stream().map(FinishReason::of).toList()));
    }

    private synchronized Optional<GenerationStream> stream(int number) {
      return request.most() == 0 ? Optional.empty() : Optional.of(streams.get(number));
    }

    /// Hands prompts on as far as there is room. What has begun goes on where others have filled
    /// the queue meanwhile: only the first prompt may be refused.
    ///
    /// @param needed the prompt that is told next
    /// @return whether it was handed on
    private synchronized boolean submit(int needed, int end) {
      while (request.most() > 0 && streams.size() < end && !cancelled) {
        int[] prompt = request.prompts().get(streams.size()).tokens();
        var asked = lease.serving().request(prompt, request.options());
        var texts =
            new Texts(
                request.texts().count(),
                request.texts().strengths(),
                request.texts().ranked(),
                asked.texts().draftTokens());
        var terms = ModelLease.terms(exchange);
        try {
          streams.add(lease.serving().write(asked.with(texts).with(terms)));
        } catch (QueueFullException full) {
          if (streams.isEmpty()) {
            throw full;
          }
          break;
        }
      }
      if (cancelled) {
        throw exchange.brokenOff();
      }
      return request.most() == 0 || streams.size() > needed;
    }

    synchronized void cancel() {
      cancelled = true;
      streams.forEach(GenerationStream::cancel);
    }
  }
}

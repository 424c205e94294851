package dev.fader.serve.metrics;

import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.RequestLog;
import dev.fader.serve.model.ModelTotals;
import dev.fader.serve.model.ServedModels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/// Metrics under the names of llama.cpp's server, and those of OpenTelemetry for [servers of
/// generative models](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/).
public final class ServerMetrics implements RequestLog {
  private static final String LLAMA = "llamacpp:";
  private static final double[] REQUEST_SECONDS = {
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
  };
  private static final double[] FIRST_TOKEN_SECONDS = {
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  };
  private static final double[] TOKEN_SECONDS = {
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Counter promptSeconds;
  private final Counter writingSeconds;

  /// Metrics of the requests that they hear of, and of what models do.
  public ServerMetrics(ServedModels models) {
    NamingConvention usual = registry.config().namingConvention();
    registry
        .config()
        .namingConvention(
            (name, type, unit) -> name.startsWith(LLAMA) ? name : usual.name(name, type, unit));
    promptSeconds = Counter.builder(LLAMA + "prompt_seconds").register(registry);
    writingSeconds = Counter.builder(LLAMA + "tokens_predicted_seconds").register(registry);
    addCounters(models);
    addGauges(models);
  }

  private void addCounters(ServedModels models) {
    count("prompt_tokens", "Tokens of prompts that were read", models, ModelTotals::promptTokens);
    count(
        "prompt_tokens_cache",
        "Tokens of prompts that were known",
        models,
        ModelTotals::reusedTokens);
    count("tokens_predicted", "Tokens that were written", models, ModelTotals::writtenTokens);
    count("n_decode", "Forward passes", models, ModelTotals::passes);
  }

  private void count(
      String name, String description, ServedModels models, ToDoubleFunction<ModelTotals> value) {
    FunctionCounter.builder(LLAMA + name, models, all -> value.applyAsDouble(all.totals()))
        .description(description)
        .register(registry);
  }

  private void addGauges(ServedModels models) {
    gauge("requests_processing", "Texts that are read or written", models, ModelTotals::running);
    gauge("requests_deferred", "Requests that wait", models, ModelTotals::waiting);
    gauge("kv_cache_bytes", "Bytes of keys and values in use", models, ModelTotals::keyValueBytes);
    gauge(
        "n_busy_slots_per_decode",
        "Texts in a forward pass",
        models,
        all -> ratio(all.writtenTokens(), all.passes()));
    gauge(
        "prompt_cache_hit_ratio",
        "Share of the tokens of prompts that were known",
        models,
        all -> ratio(all.reusedTokens(), all.promptTokens() + all.reusedTokens()));
    gauge(
        "prompt_tokens_seconds",
        "Tokens of prompts read in a second",
        models,
        all -> rate(all.promptTokens(), promptSeconds.count()));
    gauge(
        "predicted_tokens_seconds",
        "Tokens written in a second",
        models,
        all -> rate(all.writtenTokens(), writingSeconds.count()));
  }

  private void gauge(
      String name, String description, ServedModels models, ToDoubleFunction<ModelTotals> value) {
    Gauge.builder(LLAMA + name, models, all -> value.applyAsDouble(all.totals()))
        .description(description)
        .register(registry);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  private static double rate(long tokens, double seconds) {
    return seconds == 0 ? 0 : tokens / seconds;
  }

  @Override
  public void began(Exchange exchange) {
    // There is nothing to measure yet.
  }

  @Override
  public void refused(int status) {
    count("none", status);
  }

  private void count(String route, int status) {
    Counter.builder("fader.http.requests")
        .description("Requests by route and status")
        .tag("route", route)
        .tag("status", Integer.toString(status))
        .register(registry)
        .increment();
  }

  @Override
  public void ended(Exchange exchange) {
    count(exchange.route().orElse("none"), exchange.status());
    promptSeconds.increment(exchange.promptSeconds());
    writingSeconds.increment(exchange.writingSeconds());
    if (exchange.usage().isEmpty()) {
      return;
    }
    var usage = exchange.usage().get();
    var failure = exchange.failure().isPresent() ? Integer.toString(exchange.status()) : "";
    var tags =
        Tags.of(
            "gen_ai.operation.name", usage.operation(),
            "gen_ai.request.model", usage.model(),
            "error.type", failure);
    timer("gen_ai.server.request.duration", REQUEST_SECONDS, tags).record(exchange.age());
    if (usage.outputTokens() > 0) {
      timer("gen_ai.server.time_to_first_token", FIRST_TOKEN_SECONDS, tags)
          .record(exchange.untilFirstByte());
      var each = Duration.ofNanos((long) (1e9 * exchange.writingSeconds() / usage.outputTokens()));
      timer("gen_ai.server.time_per_output_token", TOKEN_SECONDS, tags).record(each);
    }
  }

  private Timer timer(String name, double[] seconds, Tags tags) {
    var borders =
        Arrays.stream(seconds)
            .mapToObj(border -> Duration.ofNanos(Math.round(border * 1e9)))
            .toArray(Duration[]::new);
    return Timer.builder(name).tags(tags).serviceLevelObjectives(borders).register(registry);
  }

  /// All of them in Prometheus' format.
  public String text() {
    return registry.scrape();
  }
}

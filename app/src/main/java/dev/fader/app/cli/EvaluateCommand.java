package dev.fader.app.cli;

import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.EvaluationBatches;
import dev.fader.model.LanguageModel;
import dev.fader.train.Evaluator;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader evaluate`: how well a model predicts a text.
@Command(name = "evaluate", description = "Measures how well a model predicts a text.")
final class EvaluateCommand implements Callable<Integer> {
  /// Tokens of a batch: enough for matrix products to be fast.
  private static final int BATCH_TOKENS = 2048;

  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Mixin private DataOptions data;
  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens per sequence; default: the model's context.")
  private @Nullable Integer context;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  EvaluateCommand() {}

  @Override
  public Integer call() throws IOException {
    var err = spec.commandLine().getErr();
    // What there is to learn from is no matter of an evaluation.
    Consumer<String> notices =
        line -> {
          if (!line.startsWith("data: ")) {
            err.println(line);
          }
        };
    var cache = Caches.data();
    try (var engine = engineOptions.open();
        var opened = model.open(engine);
        var corpus = data.open(cache, notices)) {
      var plan = new Dataset.Plan(encoder(opened, corpus), 0, cache, engine.threads());
      try (var dataset = Dataset.prepare(corpus, Optional.empty(), plan, notices)) {
        evaluate(engine, opened, dataset);
      }
    }
    return 0;
  }

  private Encoder encoder(LanguageModel opened, Corpus corpus) {
    if (opened.tokenizer().isEmpty() && !corpus.holdsIds()) {
      throw new ParameterException(
          spec.commandLine(),
          "%s has no tokenizer.json, so it cannot read text: give a .jsonl file with ids"
              .formatted(opened.path()));
    }
    return new Encoder(opened.tokenizer(), opened.config().vocabularySize());
  }

  private void evaluate(Engine engine, LanguageModel opened, Dataset dataset) {
    int most = opened.config().context();
    int time = context == null ? most : context;
    if (time < 1 || time > most) {
      throw new ParameterException(
          spec.commandLine(),
          "--context is %d, and must be from 1 to the model's %d".formatted(time, most));
    }
    int rows = Math.max(1, BATCH_TOKENS / time);
    var batches = EvaluationBatches.all(dataset.training(), rows, time);
    try (var evaluator = new Evaluator(engine.kernels(), engine.memory(), opened.decoder())) {
      var evaluation = evaluator.evaluate(batches);
      var bits = dataset.training().bitsPerByte(evaluation.loss());
      show(evaluation.loss(), evaluation.perplexity(), bits, evaluation.tokens());
    }
  }

  private void show(double loss, double perplexity, OptionalDouble bits, long tokens) {
    var out = spec.commandLine().getOut();
    if (json) {
      var object =
          Json.object(
              "loss", loss,
              "perplexity", perplexity,
              "bits_per_byte", bits.orElse(Double.NaN),
              "tokens", tokens);
      out.println(Json.text(object));
      return;
    }
    out.printf(Locale.ROOT, "loss           %.4f nats per token%n", loss);
    out.printf(Locale.ROOT, "perplexity     %.3f%n", perplexity);
    bits.ifPresent(value -> out.printf(Locale.ROOT, "bits per byte  %.4f%n", value));
    out.printf(Locale.ROOT, "tokens         %,d%n", tokens);
  }
}

package dev.fader.app.cli.report;

import dev.fader.app.cli.option.Caches;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.EvaluationBatches;
import dev.fader.data.EvaluationBatches.Windows;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import dev.fader.train.Evaluation;
import dev.fader.train.LossEvaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// How well a model predicts a text before and after it is quantised. What the text is, and whether
/// the model can read it, is known before the work begins.
public final class PerplexityComparison implements AutoCloseable {
  /// Tokens of a sequence: as many as such figures are usually given for.
  private static final int TIME = 512;

  /// Tokens of a batch: enough for matrix products to be fast.
  private static final int BATCH_TOKENS = 2048;

  private final Engine engine;
  private final LoadedModel original;
  private final Dataset dataset;

  /// What came of it.
  ///
  /// @param before the perplexity of the model that was quantised
  /// @param after the perplexity of the result
  /// @param tokens that were predicted
  public record Change(double before, double after, long tokens) {}

  private PerplexityComparison(Engine engine, LoadedModel original, Dataset dataset) {
    this.engine = engine;
    this.original = original;
    this.dataset = dataset;
  }

  /// The text that `data` names, as `--data` does.
  ///
  /// @throws dev.fader.data.DataException if there is none
  public static Corpus corpus(List<String> data, Consumer<String> announce) {
    var request = new Corpus.Request(data, Optional.empty(), System.in, Caches.data());
    return Corpus.open(request, notices(announce));
  }

  private static Consumer<String> notices(Consumer<String> announce) {
    return line -> {
      if (!line.startsWith("data: ")) {
        announce.accept(line);
      }
    };
  }

  /// Reads `corpus` as the model `before` does.
  ///
  /// @throws IOException if it cannot
  @SuppressWarnings("MustBeClosedChecker")
  public static PerplexityComparison open(
      Engine engine, Path before, Corpus corpus, Consumer<String> announce) throws IOException {
    var original = LoadedModel.open(before, engine.memory());
    try {
      if (original.tokenizer().isEmpty() && !corpus.holdsIds()) {
        throw new IOException(
            "%s has no tokenizer, so it cannot read text: give a .jsonl file with ids"
                .formatted(before));
      }
      var encoder = new Encoder(original.tokenizer(), original.config().vocabularySize());
      var plan = new Dataset.Plan(encoder, 0, Caches.data(), engine.threads());
      return new PerplexityComparison(
          engine, original, Dataset.prepare(corpus, Optional.empty(), plan, notices(announce)));
    } catch (IOException | RuntimeException | Error failed) {
      original.close();
      throw failed;
    }
  }

  /// The perplexities of the model and of the model `after`.
  ///
  /// @throws IOException if it cannot be read
  public Change with(Path after) throws IOException {
    try (var quantized = LoadedModel.open(after, engine.memory())) {
      var were = evaluate(original);
      var are = evaluate(quantized);
      return new Change(were.perplexity(), are.perplexity(), were.tokens());
    }
  }

  private Evaluation evaluate(LoadedModel model) {
    int time = Math.min(TIME, model.config().context());
    int rows = Math.max(1, BATCH_TOKENS / time);
    try (var evaluator = new LossEvaluator(engine.kernels(), engine.memory(), model.decoder())) {
      return evaluator.evaluate(
          EvaluationBatches.all(dataset.training(), Windows.whole(time), rows));
    }
  }

  @Override
  public void close() {
    dataset.close();
    original.close();
  }
}

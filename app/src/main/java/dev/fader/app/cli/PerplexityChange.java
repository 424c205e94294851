package dev.fader.app.cli;

import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.EvaluationBatches;
import dev.fader.model.LanguageModel;
import dev.fader.train.Evaluation;
import dev.fader.train.Evaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// How well a model predicts a text before and after it was quantised.
///
/// @param before the perplexity of the model that was quantised
/// @param after the perplexity of the result
/// @param tokens that were predicted
record PerplexityChange(double before, double after, long tokens) {
  /// Tokens of a sequence: as many as such figures are usually given for.
  private static final int TIME = 512;

  /// Tokens of a batch: enough for matrix products to be fast.
  private static final int BATCH_TOKENS = 2048;

  /// Where the two are.
  record Models(Path before, Path after) {}

  /// Reads `data`, as `--data` names it, with both.
  static PerplexityChange measure(
      Engine engine, Models models, List<String> data, Consumer<String> announce)
      throws IOException {
    var cache = Caches.data();
    Consumer<String> notices =
        line -> {
          if (!line.startsWith("data: ")) {
            announce.accept(line);
          }
        };
    try (var original = LanguageModel.open(models.before(), engine.memory());
        var corpus =
            Corpus.open(new Corpus.Request(data, Optional.empty(), System.in, cache), notices)) {
      if (original.tokenizer().isEmpty() && !corpus.holdsIds()) {
        throw new IOException(
            "%s has no tokenizer, so it cannot read text: give a .jsonl file with ids"
                .formatted(models.before()));
      }
      var encoder = new Encoder(original.tokenizer(), original.config().vocabularySize());
      var plan = new Dataset.Plan(encoder, 0, cache, engine.threads());
      try (var dataset = Dataset.prepare(corpus, Optional.empty(), plan, notices);
          var quantized = LanguageModel.open(models.after(), engine.memory())) {
        var before = evaluate(engine, original, dataset);
        var after = evaluate(engine, quantized, dataset);
        return new PerplexityChange(before.perplexity(), after.perplexity(), before.tokens());
      }
    }
  }

  private static Evaluation evaluate(Engine engine, LanguageModel model, Dataset dataset) {
    int time = Math.min(TIME, model.config().context());
    int rows = Math.max(1, BATCH_TOKENS / time);
    try (var evaluator = new Evaluator(engine.kernels(), engine.memory(), model.decoder())) {
      return evaluator.evaluate(EvaluationBatches.all(dataset.training(), rows, time));
    }
  }
}

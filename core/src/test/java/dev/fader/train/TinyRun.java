package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.family.Families;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// A run of seconds: a model of a few thousand numbers on a few thousand bytes of made-up text.
final class TinyRun {
  static final Tokenizer BYTES = Tokenizer.bytes();

  private final Path folder;
  final List<TrainingEvent> events = new ArrayList<>();
  ModelConfig model = model(2, 1);
  TrainingConfig config;
  String text = text(1);
  Optional<String> validation = Optional.empty();
  boolean keepLast = true;
  Runnable afterStep = () -> {};
  boolean vectors;
  EngineChoice engine = EngineChoice.ofProperty();
  Precision precision = Precision.AS_STORED;
  Ranks ranks = Ranks.alone();

  TinyRun(Path folder, TrainingBudget budget) {
    this.folder = folder;
    this.config = config(budget, 5e-3, OptimizerConfig.Method.ADAMW);
  }

  static TrainingConfig config(TrainingBudget budget, double rate, OptimizerConfig.Method method) {
    return new TrainingConfig(
        new TrainingConfig.Batching(2, 2, 13),
        budget,
        new Schedule(Schedule.Shape.COSINE, rate, 0, 3),
        new OptimizerConfig(method, 0.9, 0.95, 1e-8, 0.9, 0.1, false, 1),
        new TrainingConfig.Cadence(5, 2, 4, 3, 7),
        0.1,
        42,
        false,
        false);
  }

  /// The same run, saved and evaluated at other steps.
  void use(TrainingConfig.Cadence cadence) {
    config =
        new TrainingConfig(
            config.batching(),
            config.budget(),
            config.schedule(),
            config.optimizer(),
            cadence,
            config.dropout(),
            config.seed(),
            config.recompute(),
            config.stopWhenOverfitting());
  }

  static ModelConfig model(int layers, int shared) {
    return model(layers, shared, 12);
  }

  static ModelConfig model(int layers, int shared, int width) {
    return new ModelConfig(
        Families.names("llama"),
        BYTES.vocabularySize(),
        33,
        width,
        layers,
        shared,
        new ModelConfig.Attention(
            width / 6, 1, 4, false, false, false, 0.5f, 0, Collections.nCopies(layers, 0)),
        new ModelConfig.FeedForward(width + 9, Activation.SILU, true, false),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-5f, 0, false),
        new Positions.Rotary(10000, new RotaryScaling.None()),
        new ModelConfig.Embedding(true, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Some 3,000 characters of words that repeat.
  static String text(long seed) {
    var random = new Random(seed);
    var words = new String[] {"the", "cat", "saw", "a", "dog", "and", "sat", "on", "mats"};
    var text = new StringBuilder();
    for (int i = 0; i < 800; i++) {
      text.append(words[random.nextInt(words.length)]).append(i % 11 == 10 ? ".\n" : " ");
    }
    return text.toString();
  }

  Path folder() {
    return folder;
  }

  Path out() {
    return folder.resolve("out");
  }

  Dataset data() throws IOException {
    Path file = folder.resolve("text.txt");
    Files.writeString(file, text);
    var plan = new Dataset.Plan(Encoder.of(BYTES), 0.1, folder.resolve("cache"), 1);
    try (var corpus = corpus(file)) {
      if (validation.isEmpty()) {
        return Dataset.prepare(corpus, Optional.empty(), plan, line -> {});
      }
      Path held = folder.resolve("held.txt");
      Files.writeString(held, validation.get());
      try (var other = corpus(held)) {
        return Dataset.prepare(corpus, Optional.of(other), plan, line -> {});
      }
    }
  }

  private Corpus corpus(Path file) {
    var request =
        new Corpus.Request(
            List.of(file.toString()),
            Optional.empty(),
            InputStream.nullInputStream(),
            folder.resolve("cache"));
    return Corpus.open(request, line -> {});
  }

  TrainingEvent.Finished begin() throws IOException {
    return run(new TrainingRun.Beginning.New(Optional.empty(), false), Long.MAX_VALUE);
  }

  TrainingEvent.Finished resume() throws IOException {
    return run(new TrainingRun.Beginning.Resumed(), Long.MAX_VALUE);
  }

  /// Runs, asking it to stop during step `stopAt`. All memory must be given back.
  TrainingEvent.Finished run(TrainingRun.Beginning beginning, long stopAt) throws IOException {
    var memory = TensorMemory.unlimited();
    // Of a few thousand numbers there is nothing for a second thread but to wait.
    try (var workers = Workers.of(vectors ? 2 : 1);
        var data = data()) {
      var task = new TrainingRun.Task(model, Optional.of(BYTES), data, config, out(), keepLast);
      var chosen = vectors ? Kernels.choose(workers, engine) : Kernels.scalar(workers);
      var kernels = chosen.in(precision);
      var machine = new TrainingRun.Compute(kernels, memory, ranks);
      return run(task, machine, beginning, stopAt);
    } finally {
      assertEquals(List.of(), memory.openArenas());
    }
  }

  private TrainingEvent.Finished run(
      TrainingRun.Task task,
      TrainingRun.Compute machine,
      TrainingRun.Beginning beginning,
      long stopAt)
      throws IOException {
    try (var run = new TrainingRun(task, machine, beginning)) {
      return run.run(event -> {
        events.add(event);
        if (event instanceof TrainingEvent.StepTaken taken) {
          afterStep.run();
          if (taken.step() == stopAt - 1) {
            run.requestStop();
          }
        }
      });
    }
  }

  /// The losses by step, as the events told them.
  List<Double> losses(long after) {
    return events.stream()
        .filter(TrainingEvent.StepTaken.class::isInstance)
        .map(TrainingEvent.StepTaken.class::cast)
        .filter(taken -> taken.step() > after)
        .map(taken -> taken.result().loss())
        .toList();
  }

  /// The lowest validation loss, as the events told them.
  double lowestLoss() {
    return events.stream()
        .filter(TrainingEvent.StepTaken.class::isInstance)
        .flatMap(event -> ((TrainingEvent.StepTaken) event).evaluation().stream())
        .mapToDouble(evaluated -> evaluated.evaluation().loss())
        .min()
        .orElseThrow();
  }

  byte[] weights() throws IOException {
    return Files.readAllBytes(out().resolve("model.safetensors"));
  }
}

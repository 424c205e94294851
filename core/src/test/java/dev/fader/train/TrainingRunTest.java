package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.format.DurableDirectory;
import dev.fader.format.TensorFile;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.ModelConfigException;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.ChatTemplates;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.OptimizerConfig.Method;
import dev.fader.train.TrainingEvent.CheckpointSaved;
import dev.fader.train.TrainingEvent.Ending;
import dev.fader.train.TrainingEvent.Evaluated;
import dev.fader.train.TrainingEvent.Finished;
import dev.fader.train.TrainingEvent.Started;
import dev.fader.train.TrainingEvent.StepTaken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class TrainingRunTest {
  private static final TrainingBudget STEPS = new TrainingBudget.Steps(17);
  private static final TrainingRun.Beginning NEW =
      new TrainingRun.Beginning.New(Optional.empty(), false);

  @TempDir private Path folder;

  private TinyRun tiny(String name) throws IOException {
    return new TinyRun(Files.createDirectory(folder.resolve(name)), STEPS);
  }

  @Test
  void runReportsEventsAndWritesModel() throws IOException {
    var tiny = tiny("run");
    var finished = tiny.begin();
    assertEquals(
        new Started(
            0,
            OptionalLong.of(17),
            Optional.empty(),
            List.of(),
            "scalar kernels",
            Optional.empty()),
        tiny.events.getFirst());
    assertEquals(finished, tiny.events.getLast());
    assertEquals(Ending.COMPLETED, finished.ending());
    assertEquals(17, finished.step());
    assertEquals(17, tiny.losses(0).size());
    // The model begins as good as guessing: ln 257 = 5.549.
    assertEquals(Math.log(257), tiny.losses(0).getFirst(), 0.05);
    assertEquals(List.of(5L, 10L, 15L, 17L), steps(tiny, StepTaken.class));
    assertTrue(steps(tiny, CheckpointSaved.class).containsAll(List.of(4L, 8L, 12L, 16L, 17L)));
    var last = (StepTaken) tiny.events.get(tiny.events.size() - 3);
    assertEquals(17 * 2 * 2 * 13, last.tokens());
    assertEquals(tiny.model, HuggingFaceConfig.read(tiny.out()));
    assertEquals(TinyRun.BYTES.fingerprint(), Tokenizer.load(tiny.out()).fingerprint());
    try (var weights = TensorFile.open(tiny.out())) {
      assertTrue(weights.find("model.layers.1.mlp.up_proj.weight").isPresent());
    }
  }

  /// Steps that were evaluated, or saved.
  private static List<Long> steps(TinyRun tiny, Class<? extends TrainingEvent> kind) {
    var steps = new ArrayList<Long>();
    for (var event : tiny.events) {
      if (kind.isInstance(event)) {
        switch (event) {
          case StepTaken taken -> taken.evaluation().map(Evaluated::step).ifPresent(steps::add);
          case CheckpointSaved saved -> steps.add(saved.step());
          case Started started -> steps.add(started.step());
          case Evaluated evaluated -> steps.add(evaluated.step());
          case Finished finished -> steps.add(finished.step());
        }
      }
    }
    return steps;
  }

  @Test
  void newRunDoesNotOverwrite() throws IOException {
    var tiny = tiny("run");
    tiny.run(NEW, 3);
    byte[] weights = tiny.weights();
    assertThrows(TrainingException.class, tiny::begin);
    assertArrayEquals(weights, tiny.weights());
    OutputLock.requireFree(tiny.out());
    assertFalse(Files.exists(tiny.out().resolve(".run.lock")), "what did not start holds nothing");
    var again = new TrainingRun.Beginning.New(Optional.of(tiny.out()), true);
    assertEquals(Ending.STOPPED, tiny.run(again, 3).ending());
  }

  /// Weights and configuration are compared before there is memory for either.
  @Test
  void invalidInitialModelLeavesNoMemory() throws IOException {
    var tiny = tiny("run");
    var memory = TensorMemory.unlimited();
    Path weights = GoldenModel.of("llama").directory();
    try (var workers = Workers.of(1);
        var data = tiny.data()) {
      var task =
          new TrainingRun.Task(
              tiny.model, Optional.of(TinyRun.BYTES), data, tiny.config, tiny.out(), true);
      var machine = new TrainingRun.Compute(Kernels.scalar(workers), memory);
      var beginning = new TrainingRun.Beginning.New(Optional.of(weights), false);
      assertEquals(
          "tensor 'model.embed_tokens.weight' has shape [384, 64], and the configuration asks for"
              + " [257, 12]",
          assertThrows(ModelConfigException.class, () -> new TrainingRun(task, machine, beginning))
              .getMessage());
    }
    assertEquals(0, memory.peakBytes());
    assertFalse(Files.exists(tiny.out()));
  }

  /// From the model to begin with into every checkpoint, and through a resumption; what begins anew
  /// in the same place has none.
  @Test
  void chatTemplatesAreCopied() throws IOException {
    var tiny = tiny("run");
    tiny.run(NEW, 2);
    Path init = tiny.folder().resolve("init");
    Files.createDirectories(init);
    Files.move(tiny.out().resolve("config.json"), init.resolve("config.json"));
    Files.move(tiny.out().resolve("model.safetensors"), init.resolve("model.safetensors"));
    Files.writeString(
        init.resolve("tokenizer_config.json"),
        """
        {"chat_template": [{"name": "default", "template": "usual"},
          {"name": "tool_use", "template": "tools"}]}
        """);
    var both = Map.of("default", "usual", "tool_use", "tools");
    tiny.run(new TrainingRun.Beginning.New(Optional.of(init), true), 3);
    assertEquals(both, ChatTemplates.of(tiny.out()).byName());
    DurableDirectory.delete(init);
    assertEquals(Ending.COMPLETED, tiny.resume().ending());
    assertEquals(both, ChatTemplates.of(tiny.out()).byName());
    tiny.run(new TrainingRun.Beginning.New(Optional.empty(), true), 2);
    assertEquals(Map.of(), ChatTemplates.of(tiny.out()).byName());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sharedLayersAreWrittenUnderEveryName(int shared) throws IOException {
    var tiny = tiny("run" + shared);
    tiny.model = TinyRun.model(4, shared);
    tiny.run(NEW, 3);
    try (var weights = TensorFile.open(tiny.out())) {
      // Nine entries per layer, the embedding and the last norm.
      assertEquals(4 * 9 + 2, weights.names().size());
      float[] first = weights.tensor("model.layers.0.mlp.up_proj.weight").toArray();
      float[] second = weights.tensor("model.layers.1.mlp.up_proj.weight").toArray();
      assertEquals(shared == 2, Arrays.equals(first, second));
    }
    assertEquals(Ending.COMPLETED, tiny.resume().ending());
  }

  @Test
  void divergedRunNamesLastGoodCheckpoint() throws IOException {
    var tiny = tiny("run");
    tiny.config = TinyRun.config(STEPS, 1e30, Method.SGD);
    var finished = tiny.begin();
    assertEquals(Ending.DIVERGED, finished.ending());
    assertEquals(Verdict.Kind.DIVERGED, finished.verdict().kind());
    assertTrue(finished.step() < 17);
    for (var loss : tiny.losses(0)) {
      assertTrue(Double.isFinite(loss));
    }
  }

  /// Weights of 1e30 make a validation loss that is no number; a rate of 1e39 makes weights that
  /// are none, whether they are evaluated or not. No checkpoint holds either.
  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void modelWithNanIsNotSaved(int evaluateEvery) throws IOException {
    var tiny = tiny("run" + evaluateEvery);
    tiny.run(NEW, 3);
    byte[] weights = tiny.weights();
    var good = tiny.config;
    tiny.config =
        new TrainingConfig(
            good.batching(),
            STEPS,
            new Schedule(Schedule.Shape.CONSTANT, evaluateEvery == 1 ? 1e30 : 1e39, 0, 0),
            new OptimizerConfig(Method.ADAMW, 0.9, 0.95, 1e-8, 0.9, 0.1, false, 0),
            new TrainingConfig.Cadence(evaluateEvery, 2, 1, 3, 7),
            0,
            good.seed(),
            false,
            false);
    tiny.events.clear();
    var finished = tiny.resume();
    assertEquals(Ending.DIVERGED, finished.ending());
    assertEquals(List.of(), steps(tiny, CheckpointSaved.class));
    assertEquals(
        Optional.of(tiny.out().resolve("checkpoints/step-00000003")), finished.checkpoint());
    assertArrayEquals(weights, tiny.weights());
  }

  @Test
  void overfittingEndsRunAndKeepsBest() throws IOException {
    var tiny = overfitting("run", new TrainingBudget.Steps(2000), true);
    tiny.use(new TrainingConfig.Cadence(10, 5, 0, 1, 100));
    var finished = tiny.begin();
    assertEquals(Ending.OVERFITTED, finished.ending(), () -> finished.verdict().sentence());
    assertTrue(finished.step() < 2000);
    long best = finished.verdict().bestStep().orElseThrow();
    assertEquals(
        Optional.of(tiny.out().resolve("checkpoints/step-%08d".formatted(best))), finished.best());
  }

  private static String metadata(Path model, String name) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(model.resolve("model.safetensors")));
    var header = new byte[(int) bytes.order(ByteOrder.LITTLE_ENDIAN).getLong()];
    bytes.get(header);
    return JsonMapper.shared().readTree(header).get("__metadata__").get(name).asString();
  }

  /// A run that overfits at once.
  private TinyRun overfitting(String name, TrainingBudget budget, boolean stop) throws IOException {
    var tiny = tiny(name);
    tiny.text = TinyRun.text(1).substring(0, 60);
    tiny.validation = Optional.of(TinyRun.text(9).substring(0, 300));
    tiny.config =
        new TrainingConfig(
            new TrainingConfig.Batching(4, 1, 13),
            budget,
            new Schedule(Schedule.Shape.CONSTANT, 0.02, 0, 0),
            OptimizerConfig.adamw(),
            new TrainingConfig.Cadence(10, 2, 0, 1, 100),
            0,
            1,
            false,
            stop);
    return tiny;
  }

  /// The same; its best model is none of the newest two.
  private TinyRun overfitting(String name) throws IOException {
    var tiny = overfitting(name, new TrainingBudget.Steps(200), false);
    tiny.keepLast = false;
    return tiny;
  }

  @Test
  void outputIsBestAndResumeIsFromLast() throws IOException {
    var tiny = overfitting("best");
    var finished = tiny.begin();
    long best = finished.verdict().bestStep().orElseThrow();
    assertTrue(best < 190, finished.verdict()::sentence);
    assertEquals(finished.best(), finished.model());
    var last = tiny.out().resolve("checkpoints/step-00000200");
    assertEquals(Optional.of(last), finished.checkpoint());
    assertArrayEquals(
        Files.readAllBytes(finished.best().orElseThrow().resolve("model.safetensors")),
        tiny.weights());
    assertEquals(Long.toString(best), metadata(tiny.out(), "step"));
    assertEquals(Double.toString(tiny.lowestLoss()), metadata(tiny.out(), "validation_loss"));
    assertEquals("200", metadata(last, "step"));

    var kept = overfitting("last");
    kept.keepLast = true;
    kept.begin();
    assertEquals("200", metadata(kept.out(), "step"));
    assertArrayEquals(Files.readAllBytes(last.resolve("model.safetensors")), kept.weights());

    var stopped = overfitting("stopped");
    var half = stopped.run(NEW, 150);
    assertEquals(half.best(), half.model(), "it has been best for long");
    stopped.resume();
    assertArrayEquals(tiny.weights(), stopped.weights(), "the best is the best");
    assertArrayEquals(
        kept.weights(),
        Files.readAllBytes(stopped.out().resolve("checkpoints/step-00000200/model.safetensors")),
        "and what goes on is the last");
  }

  @Test
  void damagedBestCheckpointIsNotPublished() throws IOException {
    var tiny = overfitting("broken");
    var best = tiny.run(NEW, 150).best().orElseThrow();
    Files.delete(best.resolve("config.json"));
    var finished = tiny.resume();
    assertFalse(Files.exists(best));
    assertEquals(finished.checkpoint(), finished.model());
    assertEquals("200", metadata(tiny.out(), "step"));
  }

  /// What random parameters are trained with undoes what a model has learned; a run that makes it
  /// worse says so and leaves the model as it was.
  @ParameterizedTest
  @ValueSource(doubles = {1e-4, 10})
  void fineTuningIsJudgedByInitialModel(double rate) throws IOException {
    var first = tiny("first");
    first.begin();
    var tiny = tiny("second");
    tiny.keepLast = false;
    tiny.config = TinyRun.config(STEPS, rate, Method.ADAMW);
    var finished =
        tiny.run(new TrainingRun.Beginning.New(Optional.of(first.out()), false), Long.MAX_VALUE);
    var start = (Evaluated) tiny.events.get(1);
    assertEquals(0, start.step());
    assertTrue(start.best());
    assertEquals(first.lowestLoss(), start.evaluation().loss(), "it is the model that was there");
    boolean worse = rate > 0.01;
    assertEquals(worse, finished.verdict().kind() == Verdict.Kind.WORSE);
    for (var event : tiny.events) {
      if (event instanceof StepTaken taken && taken.evaluation().isPresent()) {
        var later = taken.evaluation().get();
        assertEquals(!worse, later.best(), "none above the start is the best so far");
      }
    }
    if (worse) {
      assertEquals(Optional.of(tiny.out().resolve("checkpoints/step-00000000")), finished.model());
      assertEquals("0", metadata(tiny.out(), "step"));
    }
  }

  @Test
  void checkpointsFollowEvaluations() throws IOException {
    var tiny = tiny("run");
    tiny.config = withCadence(tiny.config, new TrainingConfig.Cadence(7, 2, 0, 9, 7));
    tiny.begin();
    assertEquals(List.of(7L, 14L, 17L), steps(tiny, CheckpointSaved.class));
    assertEquals(List.of(7L, 14L, 17L), steps(tiny, StepTaken.class));
  }

  private static TrainingConfig withCadence(TrainingConfig config, TrainingConfig.Cadence cadence) {
    return new TrainingConfig(
        config.batching(),
        config.budget(),
        config.schedule(),
        config.optimizer(),
        cadence,
        config.dropout(),
        config.seed(),
        false,
        false);
  }

  @Test
  void timeBudgetEndsRun() throws IOException {
    var tiny = new TinyRun(folder, new TrainingBudget.Minutes(0.02));
    var finished = tiny.begin();
    assertEquals(Ending.COMPLETED, finished.ending());
    assertTrue(((StepTaken) tiny.events.get(tiny.events.size() - 3)).horizon().isPresent());
  }

  /// What listeners do takes time, too: a sample of what the model writes, say.
  @Test
  void timeEndingBetweenStepsIsSaved() throws IOException {
    var tiny = new TinyRun(folder, new TrainingBudget.Minutes(0.005));
    tiny.use(new TrainingConfig.Cadence(1_000_000, 1, 1_000_000, 1, 7));
    tiny.afterStep = () -> LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
    var finished = tiny.begin();
    assertEquals(Ending.COMPLETED, finished.ending());
    assertEquals(List.of(finished.step()), steps(tiny, CheckpointSaved.class));
    assertEquals(
        Optional.of(tiny.out().resolve("checkpoints/step-%08d".formatted(finished.step()))),
        finished.checkpoint());
  }

  @Test
  void contextAboveModelsIsRefused() throws IOException {
    var tiny = tiny("run");
    tiny.config =
        new TrainingConfig(
            new TrainingConfig.Batching(2, 1, 34),
            STEPS,
            tiny.config.schedule(),
            tiny.config.optimizer(),
            tiny.config.cadence(),
            0,
            1,
            false,
            false);
    assertEquals(
        "context 34 is more than the 33 that the model has: choose at most that",
        assertThrows(TrainingException.class, tiny::begin).getMessage());
  }

  @Test
  void idsTrainToGoldenLosses() throws IOException {
    var golden = GoldenModel.of("llama");
    Path file = folder.resolve("two-sequences.jsonl");
    var lines = new StringBuilder();
    golden
        .training()
        .get("batch")
        .forEach(ids -> lines.append("{\"ids\": ").append(ids).append("}\n"));
    Files.writeString(file, lines);
    var request =
        new Corpus.Request(
            List.of(file.toString()), Optional.empty(), InputStream.nullInputStream(), folder);
    var plan = new Dataset.Plan(Encoder.ofIds(golden.config().vocabularySize()), 0, folder, 1);
    var losses = new ArrayList<Double>();
    try (var workers = Workers.of(1);
        var corpus = Corpus.open(request, line -> {});
        var data = Dataset.prepare(corpus, Optional.empty(), plan, line -> {})) {
      var task =
          new TrainingRun.Task(
              golden.config(),
              Optional.empty(),
              data,
              golden.settings(Method.ADAMW, false),
              folder.resolve("out"),
              true);
      var machine = new TrainingRun.Compute(Kernels.scalar(workers), TensorMemory.unlimited());
      var beginning = new TrainingRun.Beginning.New(Optional.of(golden.directory()), false);
      try (var run = new TrainingRun(task, machine, beginning)) {
        run.run(event -> {
          if (event instanceof StepTaken taken) {
            losses.add(taken.result().loss());
          }
        });
      }
    }
    assertEquals(10, losses.size());
    for (int step = 0; step < 10; step++) {
      double expected = golden.training().get("losses").get(step).doubleValue();
      assertEquals(expected, losses.get(step), 1e-3, "step " + step);
    }
  }
}

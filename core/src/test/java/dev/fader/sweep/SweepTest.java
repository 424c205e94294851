package dev.fader.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.sweep.SweepRequest.Size;
import dev.fader.sweep.SweepRequest.Variation;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Ladders of runs that take a moment.
class SweepTest {
  private static final Tokenizer BYTES = Tokenizer.bytes();

  @TempDir private Path folder;
  private Engine engine;
  private Dataset data;

  @BeforeEach
  void open() throws IOException {
    engine = new Engine(2, new TensorMemory(1L << 30), EngineChoice.JAVA, Precision.FLOAT32);
    data = dataset(1);
  }

  @AfterEach
  void close() {
    data.close();
    engine.close();
  }

  private Dataset dataset(int step) throws IOException {
    var texts =
        IntStream.range(0, 900)
            .mapToObj(i -> "the cat number %d sat on mat number %d.\n".formatted(i, i * step % 60))
            .toList();
    var plan = new Dataset.Plan(Encoder.of(BYTES), 0.1, folder.resolve("cache"), 1);
    try (var corpus = Corpus.of(texts)) {
      return Dataset.prepare(corpus, Optional.empty(), plan, line -> {});
    }
  }

  private static RecipeRequest tiny() {
    return RecipeRequest.NONE.with(Hyperparameter.CONTEXT, 32).with(Hyperparameter.BATCH, 4);
  }

  private static SweepRequest request(List<Variation> variations, Double... budgets) {
    return new SweepRequest(
        List.of(budgets),
        List.of(new Size(1, 32), new Size(2, 64)),
        variations,
        OptionalDouble.empty(),
        tiny());
  }

  /// Of the same runs, but for the learning rate.
  private static SweepRequest faster() {
    return new SweepRequest(
        List.of(3e8),
        List.of(new Size(1, 32), new Size(2, 64)),
        List.of(),
        OptionalDouble.empty(),
        tiny().with(Hyperparameter.LEARNING_RATE, 0.5));
  }

  private Recipe.Resources resources() {
    return new Recipe.Resources(
        data.training().tokens(), BYTES.vocabularySize(), Machine.here(), MachineSpeed.ASSUMED);
  }

  private SweepPlan plan(SweepRequest request) {
    return SweepPlan.of(request, resources(), OptionalInt.empty());
  }

  private Sweep sweep(Dataset text) {
    return new Sweep(
        new Sweep.Place(folder.resolve("out"), Optional.of(BYTES), text),
        new TrainingRun.Compute(engine.kernels(), engine.memory()));
  }

  private static Consumer<SweepEvent> counting(List<Boolean> doneBefore) {
    return event -> {
      if (event instanceof SweepEvent.RunDone done) {
        doneBefore.add(done.before());
      }
    };
  }

  @Test
  void plansSpendEachBudgetOnEachSize() {
    var plan = plan(request(List.of(), 3e9, 1e9));
    assertEquals(
        List.of("1.0E9", "1.0E9", "3.0E9", "3.0E9"),
        plan.runs().stream().map(run -> Double.toString(run.budget())).toList());
    for (var run : plan.runs()) {
      // To whole steps of 128 tokens, of which there are dozens.
      assertEquals(1, run.flops() / run.budget(), 0.05, run.name());
      assertEquals(run.tokens(), 128 * Math.rint(run.tokens() / 128), run.name());
    }
    assertEquals(List.of(1, 2, 1, 2), plan.runs().stream().map(this::layers).toList());
    assertEquals("1e9-1x32", plan.runs().getFirst().name());
  }

  private int layers(SweepRun run) {
    return run.recipe().model().layers();
  }

  @Test
  void plansLeaveOutWhatWouldReadTheTextTooOften() {
    var plan = plan(request(List.of(), 1e9, 6e10));
    assertTrue(
        plan.runs().stream().allMatch(run -> run.epochs() <= SweepPlan.MOST_EPOCHS),
        plan.runs()::toString);
    assertEquals(1, plan.notices().size());
    assertTrue(plan.notices().getFirst().startsWith("budget 6e10: "), plan.notices()::getFirst);
    assertTrue(plan.notices().getFirst().endsWith("more text would allow them"));
  }

  @Test
  void doesNoRunTwiceAndAddsWhatIsNew() throws IOException {
    var doneBefore = new ArrayList<Boolean>();
    var first = sweep(data).run(plan(request(List.of(), 3e8)).runs(), counting(doneBefore));
    assertEquals(List.of(false, false), doneBefore);
    assertTrue(first.stream().allMatch(SweepResult::isWhole), first::toString);
    assertTrue(first.stream().allMatch(result -> result.loss() < Math.log(256)), first::toString);

    doneBefore.clear();
    var more = request(List.of(new Variation(Hyperparameter.SEED, List.of(2.0))), 3e8, 4e8);
    var second = sweep(data).run(plan(more).runs(), counting(doneBefore));
    assertEquals(List.of(true, true, false, false, false), doneBefore);
    assertEquals(first, second.subList(0, 2));
    assertEquals(Purpose.VARIATION, second.getLast().purpose());
    assertEquals("2", second.getLast().settings().get("seed"));
  }

  @Test
  void goesOnWhereItWasStoppedToTheSameLoss() throws IOException {
    var runs = plan(request(List.of(), 3e8)).runs();
    var whole = sweep(data).run(runs, event -> {});

    var parts = new Sweep.Place(folder.resolve("parts"), Optional.of(BYTES), data);
    var compute = new TrainingRun.Compute(engine.kernels(), engine.memory());
    var stopped = new Sweep(parts, compute);
    var before =
        stopped.run(
            runs,
            event -> {
              if (event instanceof SweepEvent.RunProgressed(SweepRun run, var training)
                  && run == runs.getLast()
                  && training instanceof TrainingEvent.StepTaken step
                  && step.step() == 1) {
                stopped.requestStop();
              }
            });
    assertEquals(1, before.size());
    var after = new Sweep(parts, compute).run(runs, event -> {});
    assertEquals(
        whole.stream().map(SweepResult::loss).toList(),
        after.stream().map(SweepResult::loss).toList());
  }

  @Test
  void whatWasStoppedGoesOnWithNothingElse() throws IOException {
    var runs = plan(request(List.of(), 3e8)).runs();
    var stopped = sweep(data);
    stopped.run(
        runs,
        event -> {
          if (event instanceof SweepEvent.RunProgressed(_, TrainingEvent.StepTaken step)
              && step.step() == 1) {
            stopped.requestStop();
          }
        });
    var rate =
        assertThrows(
            TrainingException.class, () -> sweep(data).run(plan(faster()).runs(), event -> {}));
    assertTrue(rate.getMessage().contains("another `learningRate`"), rate::getMessage);
  }

  @Test
  void refusesRunsOfOtherTextOrSettings() throws IOException {
    var runs = plan(request(List.of(), 3e8)).runs();
    sweep(data).run(runs, event -> {});
    try (var other = dataset(7)) {
      var text = assertThrows(TrainingException.class, () -> sweep(other).run(runs, event -> {}));
      assertEquals(
          folder.resolve("out/runs/3e8-1x32")
              + " was trained on other text or with another tokenizer: choose another `output`",
          text.getMessage());
    }
    var rate =
        assertThrows(
            TrainingException.class, () -> sweep(data).run(plan(faster()).runs(), event -> {}));
    assertTrue(
        rate.getMessage().contains("another `learningRate`, 0.016 and not 0.5"), rate::getMessage);
  }

  @Test
  void resultsOfRunsSayWhetherTheyAreTooFew() throws IOException {
    var results = sweep(data).run(plan(request(List.of(), 3e8)).runs(), event -> {});
    var verdict = SweepVerdict.of(results, 1e10);
    assertFalse(verdict.fit().isPresent());
    assertEquals(
        List.of(
            "2 runs of 2 sizes and 2 lengths do not show a law: it takes 8 runs of 3 sizes and 3 lengths"),
        verdict.doubts());
  }

  @Test
  void brokenResultsAreNamed() throws IOException {
    var runs = plan(request(List.of(), 3e8)).runs();
    sweep(data).run(runs, event -> {});
    var file = folder.resolve("out/runs/3e8-1x32/result.json");
    Files.writeString(file, Files.readString(file).replace("\"ladder\"", "\"other\""));
    var broken = assertThrows(IOException.class, () -> sweep(data).run(runs, event -> {}));
    assertEquals(file + ": purpose: 'other' is not known", broken.getMessage());
  }

  @Test
  void requestsSayWhatTheyCannotHave() {
    var length =
        assertThrows(
            TrainingException.class,
            () ->
                new SweepRequest(
                    List.of(1e9),
                    List.of(),
                    List.of(),
                    OptionalDouble.empty(),
                    tiny().with(Hyperparameter.STEPS, 5)));
    assertEquals(
        "`steps` says how long one run is, and a sweep has many: leave it out",
        length.getMessage());
    var none = assertThrows(TrainingException.class, () -> request(List.of()));
    assertEquals("a sweep needs a budget: try 1e12,3e12,1e13", none.getMessage());
    var negative = assertThrows(TrainingException.class, () -> request(List.of(), -1e9));
    assertEquals(
        "a budget of -1.0E9 is no number of floating-point operations: try 1e13",
        negative.getMessage());
  }
}

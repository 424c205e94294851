package dev.fader.train.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.row.Activation;
import dev.fader.model.ModelConfigException;
import dev.fader.train.Balancing;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {
  private static final Machine MACHINE =
      new Machine("some CPU", 2, 24_000_000_000L, 20_000_000_000L, "/proc/meminfo");

  /// What the machine of `docs/performance.md` measures.
  private static final MachineSpeed SPEED = new MachineSpeed(1.6e11, 1.5e10);

  /// `tinyshakespeare.txt` by characters.
  private static final Recipe.Resources SHAKESPEARE =
      new Recipe.Resources(1_003_854, 65, MACHINE, SPEED);

  private static Recipe recipe(RecipeRequest request) {
    return Recipe.of(request, SHAKESPEARE);
  }

  /// A run of few steps is evaluated after each, one of more twenty times, as far as text is held
  /// out; one of so many minutes gives of these.
  @Test
  void evaluationsAreCounted() {
    var one = evaluationSeconds(RecipeRequest.NONE.with(Hyperparameter.STEPS, 1), 100_000);
    assertTrue(one > 0);
    for (int steps : new int[] {7, 20, 100}) {
      var request = RecipeRequest.NONE.with(Hyperparameter.STEPS, steps);
      double each = evaluationSeconds(request, 0);
      assertEquals(0, each);
      var recipe = recipe(request);
      var all = recipe.plan(SHAKESPEARE, 100);
      double forward = recipe.plan(SHAKESPEARE).withEvaluations(100, SPEED).evaluationSeconds();
      assertEquals(Math.min(steps, 20) * forward, all.evaluationSeconds(), 1e-9 * forward);
    }
    assertEquals(0, evaluationSeconds(minutes(10), 100_000));
  }

  private static double evaluationSeconds(RecipeRequest request, long heldOut) {
    return recipe(request).plan(SHAKESPEARE, heldOut).evaluationSeconds();
  }

  private static RecipeRequest minutes(double minutes) {
    return RecipeRequest.NONE.with(Hyperparameter.MINUTES, minutes);
  }

  private static String reasonOf(Recipe recipe, String name) {
    return recipe.decisions().stream()
        .filter(decision -> decision.name().equals(name))
        .map(Recipe.Decision::reason)
        .collect(Collectors.joining("; "));
  }

  @Test
  void threeMinutesMatchSearch() {
    var recipe = recipe(minutes(3));
    assertEquals(4, recipe.model().layers());
    assertEquals(128, recipe.model().width());
    assertEquals("qwen3", recipe.model().family());
    assertEquals(OptimizerConfig.Method.MUON, recipe.training().optimizer().method());
    assertEquals(0.008, recipe.training().schedule().peak());
    assertEquals(0, recipe.training().dropout());
    assertEquals(new TrainingBudget.Minutes(3), recipe.training().budget());
  }

  @ParameterizedTest
  @CsvSource({
    "96, 3, 3",
    "96, 5, 4",
    "97, 50, 97",
    "97, 49, 1",
    "7, 100, 7",
    "1, 1, 1",
    "2147483647, 2147483646, 2147483647"
  })
  void theNearestDivisorIsTheSmallerOfTwo(int number, int wish, int nearest) {
    assertEquals(nearest, ModelSize.nearestDivisor(number, wish));
  }

  /// Before anything of that size is counted, or allocated.
  @ParameterizedTest
  @CsvSource({
    "LAYERS, 2147483647, 1000",
    "WIDTH, 2147483647, 1048576",
    "FEED_FORWARD, 1048577, 1048576",
    "VOCABULARY, 1e300, 1048576"
  })
  void sizesBeyondAnyMachineAreRefused(Hyperparameter setting, double size, int most) {
    var refused =
        assertThrows(TrainingException.class, () -> recipe(RecipeRequest.NONE.with(setting, size)));
    assertTrue(
        refused.getMessage().endsWith("must be from 1 to " + most + ": choose one between"),
        refused::getMessage);
  }

  @Test
  void fineTuningKeepsModel() {
    var model = Preset.NANO.config();
    var request =
        RecipeRequest.NONE.with(Hyperparameter.STEPS, 100).with(Hyperparameter.CONTEXT, 33);
    var recipe = Recipe.of(model, request, SHAKESPEARE);
    assertEquals(model, recipe.model());
    assertEquals(33, recipe.training().batching().context());
    assertEquals(OptimizerConfig.Method.ADAMW, recipe.training().optimizer().method());
    assertEquals(0, recipe.training().dropout());
    // A tenth of the 0.0053 that random parameters of this width get.
    assertEquals(0.00053, recipe.training().schedule().peak());
    assertEquals(2, recipe.training().schedule().warmup());
    assertNotEquals(Recipe.Decision.BY_HAND, reasonOf(recipe, "optimizer"));
    assertNotEquals(Recipe.Decision.BY_HAND, reasonOf(recipe, "dropout"));
    var lasting = Recipe.of(model, RecipeRequest.NONE.with(Hyperparameter.STEPS, 1e6), SHAKESPEARE);
    assertEquals(100, lasting.training().schedule().warmup());
    assertEquals(
        List.of(9),
        recipe.withEnd(OptionalInt.of(9)).model().specialTokens().ends(),
        "ends of the new model");
  }

  @Test
  void fineTuningRefusesSizes() {
    var model = Preset.NANO.config();
    var wider = RecipeRequest.NONE.with(Hyperparameter.WIDTH, 100);
    assertEquals(
        "`width` 100 differs from the initial model's 96: leave it out",
        assertThrows(TrainingException.class, () -> Recipe.of(model, wider, SHAKESPEARE))
            .getMessage());
    var longer = RecipeRequest.NONE.with(Hyperparameter.CONTEXT, 1000);
    assertEquals(
        "`context` 1000 is out of range: the initial model has 256",
        assertThrows(TrainingException.class, () -> Recipe.of(model, longer, SHAKESPEARE))
            .getMessage());
    var preset = RecipeRequest.NONE.with(Preset.MICRO);
    assertEquals(
        "`preset`, `architecture`, `router` and `activation` make a new model, and `initialModel` begins with one that is there: choose one",
        assertThrows(TrainingException.class, () -> Recipe.of(model, preset, SHAKESPEARE))
            .getMessage());
  }

  /// A length that is given decides the size; five minutes are for who gives none.
  @ParameterizedTest
  @CsvSource({
    "STEPS, 400, 2",
    "STEPS, 1392, 4",
    "TOKENS, 2.85e6, 4",
    "EPOCHS, 3, 4",
    "TOKENS, 1e5, 1"
  })
  void aLengthInStepsTokensOrEpochsDecidesTheSize(
      Hyperparameter setting, double length, int depth) {
    var resources = new Recipe.Resources(1_003_854, 65, MACHINE, new MachineSpeed(1e15, 1e12));
    var recipe = Recipe.of(RecipeRequest.NONE.with(setting, length), resources);
    assertEquals(depth, recipe.model().layers(), recipe.decisions().toString());
    assertFalse(reasonOf(recipe, "depth").contains("minutes"), reasonOf(recipe, "depth"));
    assertEquals(recipe, Recipe.of(RecipeRequest.NONE.with(setting, length), SHAKESPEARE));
  }

  @Test
  void moreTimeGivesLargerModel() {
    long smaller = 0;
    for (double minutes : List.of(0.1, 1.0, 10.0, 100.0, 1000.0)) {
      var resources = new Recipe.Resources(1_000_000_000, 4096, MACHINE, SPEED);
      var model = Recipe.of(minutes(minutes), resources).model();
      long parameters = ParameterCount.of(model).total();
      assertTrue(parameters > smaller, minutes + " minutes make " + parameters);
      smaller = parameters;
    }
  }

  @Test
  void littleTextGivesSmallModelWithDropout() {
    var recipe = Recipe.of(minutes(10), new Recipe.Resources(20_000, 65, MACHINE, SPEED));
    assertTrue(ParameterCount.of(recipe.model()).total() < 200_000, recipe.decisions().toString());
    assertTrue(recipe.training().dropout() > 0, recipe.decisions().toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 24})
  void everyDepthGivesModelWithReasons(int depth) {
    var recipe = recipe(RecipeRequest.NONE.with(Hyperparameter.DEPTH, depth));
    var model = recipe.model();
    assertEquals(depth, model.layers());
    assertEquals(0, model.width() % model.attention().heads());
    assertEquals(model.width(), model.attention().queryWidth());
    for (var decision : recipe.decisions()) {
      assertFalse(decision.reason().isBlank(), decision.toString());
      assertFalse(decision.value().isBlank(), decision.toString());
    }
    assertTrue(recipe.plan(SHAKESPEARE).seconds() > 0);
  }

  private static RecipeRequest.Choices of(Architecture architecture) {
    return new RecipeRequest.Choices(
        Optional.of(architecture),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        false,
        false);
  }

  /// Experts that a token goes to are as wide, together, as the dense network, and balanced by a
  /// bias where the family has one.
  @Test
  void expertsReplaceTheFeedForwardNetwork() {
    var request = RecipeRequest.NONE.with(Hyperparameter.DEPTH, 4);
    var dense = recipe(request.with(of(Architecture.DEEPSEEK))).model();
    for (var architecture :
        List.of(Architecture.LLAMA, Architecture.QWEN3, Architecture.DEEPSEEK)) {
      var recipe = recipe(request.with(Hyperparameter.EXPERTS, 8).with(of(architecture)));
      var experts = recipe.model().feedForward().experts().orElseThrow();
      int used = architecture == Architecture.DEEPSEEK ? 3 : 2;
      assertEquals(2, experts.routing().perToken());
      assertEquals(dense.feedForward().width(), used * experts.width(), 8 * used);
      assertEquals((used - 2) * experts.width(), experts.sharedWidth());
      assertEquals(
          architecture == Architecture.DEEPSEEK ? Balancing.Method.BIAS : Balancing.Method.LOSS,
          recipe.training().balancing().method());
    }
  }

  /// Much is to be learned again: more than in fine-tuning, less than by random parameters.
  @Test
  void turnedModelLearnsFasterThanATunedOne() {
    var request = minutes(3);
    var model = recipe(request).model();
    var feedForward = model.feedForward().withActivation(Activation.DOUBLE_RELU, true);
    var turned = model.withFeedForward(feedForward);
    var fresh = recipe(request).training();
    var training = Recipe.ofTurned(turned, request, SHAKESPEARE).training();
    assertEquals(fresh.optimizer().method(), training.optimizer().method());
    assertEquals(0.5, training.schedule().peak() / fresh.schedule().peak(), 0.05);
    assertEquals(0, training.dropout());
    assertEquals(3, training.sparsity().peak());
    assertEquals(0, Recipe.of(turned, request, SHAKESPEARE).training().sparsity().peak());
  }

  @Test
  void everySettingIsDecided() {
    var biased = RecipeRequest.NONE.with(Hyperparameter.EXPERTS, 4).with(of(Architecture.DEEPSEEK));
    var balanced = RecipeRequest.NONE.with(Hyperparameter.EXPERTS, 4).with(of(Architecture.LLAMA));
    var usual = RecipeRequest.Choices.NONE;
    var zeros =
        RecipeRequest.NONE.with(
            new RecipeRequest.Choices(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                usual.decayAll(),
                usual.recompute(),
                usual.stopWhenOverfitting(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(ActivationChoice.RELU)));
    var decided =
        Stream.of(RecipeRequest.NONE, biased, balanced, zeros, RecipeRequest.NONE.with(opt()))
            .flatMap(request -> recipe(request).decisions().stream())
            .map(Recipe.Decision::name)
            .collect(Collectors.toSet());
    var undecided =
        EnumSet.allOf(Hyperparameter.class).stream()
            .map(Hyperparameter::field)
            .filter(field -> !decided.contains(field))
            .toList();
    assertEquals(List.of("steps", "tokens", "epochs"), undecided, "others say how long it runs");
  }

  @ParameterizedTest
  @EnumSource(Preset.class)
  void presetKeepsSizeWithTokenizerVocabulary(Preset preset) {
    var recipe = recipe(RecipeRequest.NONE.with(preset).with(Hyperparameter.MINUTES, 3));
    assertEquals(preset.size().layers(), recipe.model().layers());
    assertEquals(preset.size().width(), recipe.model().width());
    assertEquals(preset.size().context(), recipe.model().context());
    assertEquals(65, recipe.model().vocabularySize());
    assertEquals(preset.config().positions(), recipe.model().positions());
    assertTrue(recipe.training().batching().context() <= 2048);
  }

  @Test
  void settingsByHandAreKept() {
    var request =
        minutes(3)
            .with(Hyperparameter.LAYERS, 3)
            .with(Hyperparameter.WIDTH, 60)
            .with(Hyperparameter.HEADS, 6)
            .with(Hyperparameter.KEY_VALUE_HEADS, 2)
            .with(Hyperparameter.FEED_FORWARD, 100)
            .with(Hyperparameter.CONTEXT, 33)
            .with(Hyperparameter.VOCABULARY, 70)
            .with(Hyperparameter.SHARED_LAYERS, 3)
            .with(Hyperparameter.BATCH, 7)
            .with(Hyperparameter.ACCUMULATE, 2)
            .with(Hyperparameter.LEARNING_RATE, 0.01)
            .with(Hyperparameter.MINIMUM_LEARNING_RATE, 0.001)
            .with(Hyperparameter.WARMUP, 11)
            .with(Hyperparameter.BETA1, 0.8)
            .with(Hyperparameter.BETA2, 0.9)
            .with(Hyperparameter.EPSILON, 1e-7)
            .with(Hyperparameter.MOMENTUM, 0.7)
            .with(Hyperparameter.WEIGHT_DECAY, 0.3)
            .with(Hyperparameter.CLIP, 2)
            .with(Hyperparameter.DROPOUT, 0.25)
            .with(Hyperparameter.SEED, 42);
    var recipe = recipe(request);
    var model = recipe.model();
    assertEquals(
        List.of(3, 60, 33, 70, 3),
        List.of(
            model.layers(),
            model.width(),
            model.context(),
            model.vocabularySize(),
            model.sharedLayers()));
    assertEquals(6, model.attention().heads());
    assertEquals(2, model.attention().keyValueHeads());
    assertEquals(100, model.feedForward().width());
    var training = recipe.training();
    assertEquals(new TrainingConfig.Batching(7, 2, 33), training.batching());
    assertEquals(new Schedule(Schedule.Shape.LINEAR, 0.01, 0.001, 11), training.schedule());
    assertEquals(
        new OptimizerConfig(training.optimizer().method(), 0.8, 0.9, 1e-7, 0.7, 0.3, false, 2),
        training.optimizer());
    assertEquals(0.25, training.dropout());
    assertEquals(42, training.seed());
    assertEquals(Recipe.Decision.BY_HAND, reasonOf(recipe, "width"));
  }

  private static RecipeRequest.Choices opt() {
    return new RecipeRequest.Choices(
        Optional.of(Architecture.OPT),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        false,
        false);
  }

  @Test
  void onlyOptHasFactorisedEmbeddings() {
    var model = recipe(minutes(3).with(opt()).with(Hyperparameter.EMBEDDING_WIDTH, 12)).model();
    assertEquals(12, model.embeddingWidth());
    assertTrue(model.embedding().tied());
    assertEquals(Activation.RELU, model.feedForward().activation());
    var whole = recipe(minutes(3).with(opt())).model();
    assertFalse(whole.embedding().factorized());
    var request = minutes(3).with(Hyperparameter.EMBEDDING_WIDTH, 12);
    assertEquals(
        "`embeddingWidth` 12 is not for arch qwen3, which has no place for a second matrix: leave it out, or choose"
            + " `architecture` opt",
        assertThrows(TrainingException.class, () -> recipe(request)).getMessage());
  }

  @Test
  void choicesAreKept() {
    var choices =
        new RecipeRequest.Choices(
            Optional.of(Architecture.GPT2),
            Optional.of(Schedule.Shape.COSINE),
            Optional.of(OptimizerConfig.Method.ADAMW),
            Optional.empty(),
            true,
            true,
            true);
    var recipe = recipe(minutes(3).with(choices));
    assertEquals("gpt2", recipe.model().family());
    assertTrue(recipe.model().embedding().tied());
    assertEquals(Schedule.Shape.COSINE, recipe.training().schedule().shape());
    assertEquals(OptimizerConfig.Method.ADAMW, recipe.training().optimizer().method());
    assertTrue(recipe.training().optimizer().decayAll());
    assertTrue(recipe.training().recompute());
    assertTrue(recipe.training().stopWhenOverfitting());
  }

  @Test
  void batchAboveMemoryIsAccumulated() {
    var small = new Machine("some CPU", 2, 2_000_000_000L, 800_000_000L, "/proc/meminfo");
    var request = RecipeRequest.NONE.with(Hyperparameter.DEPTH, 6).with(Hyperparameter.TOKENS, 1e9);
    var fitting = Recipe.of(request, new Recipe.Resources(1_000_000_000, 4096, small, SPEED));
    var large = Recipe.of(request, new Recipe.Resources(1_000_000_000, 4096, MACHINE, SPEED));
    var batching = fitting.training().batching();
    assertTrue(batching.accumulate() > 1, batching.toString());
    assertTrue(batching.tokensPerStep() >= large.training().batching().tokensPerStep());
    fitting.plan(new Recipe.Resources(1_000_000_000, 4096, small, SPEED)).requireMemory(small);
  }

  @Test
  void smallBatchesAvoidMuon() {
    var request =
        RecipeRequest.NONE
            .with(Preset.GPT2)
            .with(Hyperparameter.BATCH, 4)
            .with(Hyperparameter.STEPS, 10)
            .with(Hyperparameter.CONTEXT, 64);
    assertEquals(OptimizerConfig.Method.ADAMW, recipe(request).training().optimizer().method());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DIM        | 7.5 | `width` is 7.5, and must be a whole number: try 8
          LAYERS     | 0   | `layers` is 0, and must be at least 1: choose a larger one
          DEPTH      | 300 | `depth` 300 is beyond what this can train: choose 1 to 128
          HEADS      | 5   | `heads` 5 do not divide `width` 128: choose a divisor of 128, such as 4
          VOCABULARY | 64  | `vocabulary` 64 is too small for a tokenizer of 65 ids: choose at least 65
          BATCH      | 0   | `batch` is 0, and must be from 1 to 1048576: choose one between
          CONTEXT    | -3  | `context` is -3, and must be from 1 to 1048576: choose one between
          """)
  void whatIsWrongGetsOneLine(String setting, double value, String message) {
    var which = setting.equals("DIM") ? Hyperparameter.WIDTH : Hyperparameter.valueOf(setting);
    var wrong = assertThrows(TrainingException.class, () -> recipe(minutes(3).with(which, value)));
    assertEquals(message, wrong.getMessage());
  }

  @Test
  void contradictionsAreNamed() {
    assertEquals(
        "`steps` and `minutes` both say how long to train: choose one of them",
        assertThrows(
                TrainingException.class, () -> recipe(minutes(3).with(Hyperparameter.STEPS, 10)))
            .getMessage());
    assertEquals(
        "`preset` and `depth` both set every size: choose one of them",
        assertThrows(
                TrainingException.class,
                () -> recipe(RecipeRequest.NONE.with(Preset.NANO).with(Hyperparameter.DEPTH, 3)))
            .getMessage());
    assertEquals(
        "head size 3 is odd, and rotary positions rotate pairs: choose an even head size",
        assertThrows(
                ModelConfigException.class,
                () ->
                    recipe(minutes(3).with(Hyperparameter.WIDTH, 12).with(Hyperparameter.HEADS, 4)))
            .getMessage());
  }
}

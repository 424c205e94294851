package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Golden;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.Ia3Method;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.LoraInit;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.PrefixMethod;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.model.adapter.Targets;
import dev.fader.model.adapter.VeraMethod;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.Evaluation;
import dev.fader.train.LocalSteps;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.RankThreads;
import dev.fader.train.Ranks;
import dev.fader.train.Schedule;
import dev.fader.train.Sharding;
import dev.fader.train.StepPlan;
import dev.fader.train.StepResult;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingRun.Compute;
import dev.fader.tune.LearningData.Classes;
import dev.fader.tune.LearningData.LabelledText;
import dev.fader.tune.example.ExampleEncoder.Pair;
import dev.fader.tune.example.Place;
import dev.fader.tune.example.TrainingExample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Adapters that ranks tune together, against those of one process.
class TunedRanksTest {
  private static final Path MODEL = Golden.directory("models/llama");
  private static final long STEPS = 10;
  private static final int MICROBATCHES = 3;
  private static final int CONTEXT = 20; // above the rows that are computed one by one
  private static final long SEED = 5;

  @TempDir Path folder;

  private TunedRun run(String name) {
    return new TunedRun(MODEL, folder.resolve(name), STEPS, STEPS);
  }

  private byte[] adapter(String name) throws Exception {
    return Files.readAllBytes(folder.resolve(name).resolve("adapter_model.safetensors"));
  }

  @ParameterizedTest
  @EnumSource
  void ranksTuneTheSameAdapter(Sharding sharding) throws Exception {
    run("alone").goOn();
    RankThreads.all(2, sharding, ranks -> run("together").goOn(TunedRun.adapter(), STEPS, ranks));
    assertArrayEquals(adapter("alone"), adapter("together"));
  }

  /// Two ranks, stopped and resumed by one process and by two again.
  @ParameterizedTest
  @EnumSource(names = {"NONE", "OPTIMIZER"})
  void otherNumbersOfRanksGoOn(Sharding sharding) throws Exception {
    run("alone").goOn();
    for (int stop : new int[] {3, 6, (int) STEPS}) {
      RankThreads.all(
          stop == 6 ? 1 : 2, sharding, ranks -> run("parts").goOn(TunedRun.adapter(), stop, ranks));
    }
    assertArrayEquals(adapter("alone"), adapter("parts"));
  }

  private static AdapterConfig config(AdapterMethod method) {
    boolean usual =
        method instanceof PromptMethod
            || method instanceof PrefixMethod
            || method instanceof FullMethod
            || method instanceof Ia3Method;
    return new AdapterConfig(
        method,
        Targets.of(usual ? new ModuleSelection.Usual() : new ModuleSelection.AllLinear()),
        LearnedWhole.NOTHING,
        Origin.of("tiny"));
  }

  private static LoraMethod lora(boolean decomposed, LoraInit init) {
    var lora = LoraMethod.of(4, 8);
    return new LoraMethod(
        lora.ranks(), new LoraMethod.Variant(false, decomposed, false, 0.1f), init, List.of());
  }

  /// A task of the tiny model, and what learns it.
  private record Case(AdapterConfig adapter, LearningData data) {}

  /// What a rank has in the end.
  ///
  /// @param evaluation with what else was found, on the first rank
  private record Tuned(
      List<StepResult> results,
      Map<String, float[]> numbers,
      Optional<Evaluation> evaluation,
      Map<String, Double> measures) {}

  private static TrainingConfig config(int microbatches) {
    return new TrainingConfig(
        new TrainingConfig.Batching(2, microbatches, CONTEXT),
        new TrainingBudget.Steps(STEPS),
        new Schedule(Schedule.Shape.CONSTANT, 5e-3, 0, 0),
        OptimizerConfig.adamw(),
        TrainingConfig.Cadence.standard(),
        0,
        1,
        false,
        false);
  }

  /// Enough steps for each example to come twice, on another rank perhaps.
  private static Tuned tune(Case given, Ranks ranks) throws IOException {
    var memory = TensorMemory.unlimited();
    var config = config(MICROBATCHES);
    try (var workers = Workers.of(1);
        var base = LoadedModel.open(MODEL, memory);
        var learner =
            new AdapterLearner(
                new AdapterLearner.Task(
                    base, new AdapterStart.New(given.adapter, 1), config, given.data),
                new Compute(Kernels.choose(workers), memory, ranks))) {
      learner.share();
      var results = new ArrayList<StepResult>();
      for (int step = 0; step < 5; step++) {
        results.add(learner.step(new StepPlan(step, 5e-3, step == 0)));
      }
      var numbers = new TreeMap<String, float[]>();
      learner
          .adapter()
          .tensors()
          .forEach((name, variable) -> numbers.put(name, variable.value().toArray()));
      var parameters = learner.decoder().parameters();
      parameters
          .learned()
          .forEach(spec -> numbers.put(spec.name(), parameters.get(spec).value().toArray()));
      var evaluation = ranks.leads() ? learner.evaluate() : Optional.<Evaluation>empty();
      return new Tuned(results, numbers, evaluation, learner.measures());
    }
  }

  private static void check(Case given) throws Exception {
    var alone = tune(given, Ranks.alone());
    assertFalse(alone.results.stream().anyMatch(StepResult::isDiverged), "not finite");
    for (int ranks = 2; ranks <= MICROBATCHES; ranks++) {
      var sharding = ranks == 2 ? Sharding.OPTIMIZER : Sharding.NONE;
      var all = RankThreads.all(ranks, sharding, each -> tune(given, each));
      for (int rank = 0; rank < ranks; rank++) {
        var who = "rank %d of %d, %s".formatted(rank, ranks, sharding);
        var here = all.get(rank);
        assertEquals(alone.results, here.results, who);
        assertEquals(alone.numbers.keySet(), here.numbers.keySet(), who);
        alone.numbers.forEach((name, numbers) ->
            assertArrayEquals(numbers, here.numbers.get(name), who + ": " + name));
      }
      assertEquals(alone.evaluation, all.getFirst().evaluation);
      assertEquals(alone.measures, all.getFirst().measures);
    }
  }

  private static TrainingExample example(Random random, int length) {
    int first = random.nextInt(200);
    int[] ids = random.ints(length, first, first + 30).toArray();
    var learned = new BitSet();
    learned.set(1 + random.nextInt(2), ids.length);
    return new TrainingExample(ids, learned, new Place("test", 1));
  }

  private static List<TrainingExample> examples(Random random) {
    var examples = new ArrayList<TrainingExample>();
    for (int i = 0; i < 16; i++) {
      examples.add(example(random, 3 + random.nextInt(CONTEXT - 3)));
    }
    return examples;
  }

  private static LearningData texts(boolean packed) {
    var all = examples(new Random(SEED));
    return new LearningData.Continuations(all.subList(0, 13), all.subList(13, 16), packed);
  }

  private static LearningData pairs(PreferenceMethod method) {
    var random = new Random(SEED);
    var better = examples(random);
    var worse = examples(random);
    var pairs = new ArrayList<Pair>();
    for (int i = 0; i < better.size(); i++) {
      pairs.add(new Pair(better.get(i), worse.get(i)));
    }
    return new LearningData.Preferences(pairs.subList(0, 13), pairs.subList(13, 16), method);
  }

  private static LearningData labels(boolean several, Optional<List<Double>> weights) {
    var texts = new ArrayList<LabelledText>();
    for (var example : examples(new Random(SEED))) {
      int label = texts.size() % 3;
      texts.add(
          new LabelledText(
              new TrainingExample(example.ids(), new BitSet(), example.place()),
              several ? List.of(label, (label + 1) % 3) : List.of(label)));
    }
    var classes = new Classes(List.of("a", "b", "c"), ClassPooling.LAST, several, weights);
    return new LearningData.Classifications(texts.subList(0, 13), texts.subList(13, 16), classes);
  }

  static Stream<Arguments> losses() {
    var losses = new ArrayList<Arguments>();
    losses.add(Arguments.of("texts", texts(false)));
    losses.add(Arguments.of("texts in packed rows", texts(true)));
    for (var variant : PreferenceMethod.Variant.values()) {
      losses.add(Arguments.of("pairs by " + variant, pairs(new PreferenceMethod(variant, 0.3, 0))));
    }
    var smooth = new PreferenceMethod(PreferenceMethod.Variant.SIGMOID, 0.3, 0.1);
    losses.add(Arguments.of("pairs of which some are wrong", pairs(smooth)));
    losses.add(Arguments.of("labels", labels(false, Optional.empty())));
    var weights = Optional.of(List.of(0.5, 1.0, 3.0));
    losses.add(Arguments.of("labels that count unlike", labels(false, weights)));
    losses.add(Arguments.of("several labels", labels(true, weights)));
    return losses.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void ranksLearnAlike(String name, LearningData data) throws Exception {
    var adapter = config(lora(false, LoraMethod.of(4, 8).init()));
    boolean classifies = data instanceof LearningData.Classifications;
    check(new Case(adapter.withLabels(classifies ? 3 : 0), data));
  }

  static Stream<AdapterMethod> methods() {
    var encoder = Optional.of(new PromptMethod.Encoder(false, 16, 2, 0));
    return Stream.of(
        lora(true, LoraMethod.of(4, 8).init()),
        lora(false, LoraInit.PISSA),
        new Ia3Method(Optional.empty()),
        new VeraMethod(8, new VeraMethod.Projections(0, true), 0.1f, 0.1f),
        new PromptMethod(3, PromptMethod.Begin.RANDOM, encoder),
        new PrefixMethod(3, false, OptionalInt.of(8)));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodLearnsAlike(AdapterMethod method) throws Exception {
    check(new Case(config(method), texts(false)));
  }

  /// The reference is the model before: its parameters are not those that learn.
  @ParameterizedTest
  @MethodSource("losses")
  void modelsThatLearnThemselvesLearnAlike(String name, LearningData data) throws Exception {
    var adapter = config(new FullMethod(List.of("layers.1", "norm"), List.of()));
    boolean classifies = data instanceof LearningData.Classifications;
    check(new Case(adapter.withLabels(classifies ? 3 : 0), data));
  }

  private static AdapterConfig adaptive() {
    return config(AdaLoraMethod.of(2, 3, 8, 0.1f));
  }

  @Test
  void ranksOfTripletsAreAllotedAlike() throws Exception {
    run("alone").goOn(adaptive(), STEPS);
    RankThreads.all(2, Sharding.NONE, ranks -> run("together").goOn(adaptive(), STEPS, ranks));
    assertArrayEquals(adapter("alone"), adapter("together"));
  }

  private static Ranks local(Ranks ranks) {
    return new Ranks(ranks.collective(), Sharding.NONE, Optional.of(LocalSteps.of(2)));
  }

  @Test
  void adaLoraWithSharesOfGradientsIsRefused() throws Exception {
    for (boolean apart : new boolean[] {false, true}) {
      var ends =
          RankThreads.futures(
              2,
              Sharding.OPTIMIZER,
              ranks -> run("together").goOn(adaptive(), STEPS, apart ? local(ranks) : ranks));
      var refused = assertThrows(ExecutionException.class, () -> ends.getFirst().get());
      assertEquals(
          "AdaLoRA looks at all gradients, of which each rank would have its share: choose `zero` 0 and steps that all take together, or another method",
          refused.getCause().getMessage());
    }
  }

  /// Told to stop before an exchange, and resumed, two ranks that seldom talk leave the adapter of
  /// two that were not.
  @Test
  void ranksThatSeldomTalkGoOnWithTheSameBits() throws Exception {
    RankThreads.all(
        2, Sharding.NONE, ranks -> run("whole").goOn(TunedRun.adapter(), STEPS, local(ranks)));
    for (long stop : new long[] {3, STEPS}) {
      RankThreads.all(
          2, Sharding.NONE, ranks -> run("parts").goOn(TunedRun.adapter(), stop, local(ranks)));
    }
    assertArrayEquals(adapter("whole"), adapter("parts"));
    run("alone").goOn();
    assertFalse(Arrays.equals(adapter("alone"), adapter("whole")), "all talk always");
  }

  /// What learns beside the adapter's file, such as a classification head or the encoder of a
  /// prompt, is common after an exchange, too.
  @Test
  void allThatLearnsIsCommonAfterAnExchange() throws Exception {
    var encoder = Optional.of(new PromptMethod.Encoder(false, 16, 2, 0));
    var cases =
        List.of(
            new Case(
                config(lora(false, LoraMethod.of(4, 8).init())).withLabels(3),
                labels(false, Optional.empty())),
            new Case(
                config(new PromptMethod(3, PromptMethod.Begin.RANDOM, encoder)), texts(false)));
    for (var given : cases) {
      var all =
          RankThreads.all(
              MICROBATCHES,
              Sharding.NONE,
              each ->
                  tune(
                      given,
                      new Ranks(each.collective(), Sharding.NONE, Optional.of(LocalSteps.of(1)))));
      for (var other : all.subList(1, all.size())) {
        all.getFirst()
            .numbers
            .forEach((name, numbers) -> assertArrayEquals(numbers, other.numbers.get(name), name));
      }
    }
  }
}

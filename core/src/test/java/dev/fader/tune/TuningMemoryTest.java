package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Golden;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.LoraInit;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.model.adapter.Targets;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.RankThreads;
import dev.fader.train.Ranks;
import dev.fader.train.Schedule;
import dev.fader.train.Sharding;
import dev.fader.train.StepPlan;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingRun.Compute;
import dev.fader.tune.LearningData.LabelledText;
import dev.fader.tune.example.ExampleEncoder.Pair;
import dev.fader.tune.example.Place;
import dev.fader.tune.example.TrainingExample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What the plan says against what a learner takes.
class TuningMemoryTest {
  private static final int CONTEXT = 16;
  private static final long SEED = 5;

  private static TrainingConfig config(boolean recompute) {
    return new TrainingConfig(
        new TrainingConfig.Batching(2, 2, CONTEXT),
        new TrainingBudget.Steps(10),
        new Schedule(Schedule.Shape.CONSTANT, 1e-3, 0, 0),
        OptimizerConfig.adamw(),
        TrainingConfig.Cadence.standard(),
        0,
        1,
        recompute,
        false);
  }

  /// Of any length that fits.
  private static TrainingExample example(Random random, int vocabulary) {
    var ids = random.ints(2 + random.nextInt(CONTEXT), 0, vocabulary);
    var all = ids.toArray();
    var learned = new BitSet();
    learned.set(Math.max(1, all.length / 2), all.length);
    return new TrainingExample(all, learned, new Place("test", 1));
  }

  private static LearningData data(TuningTask task, int vocabulary, boolean several) {
    var random = new Random(SEED);
    var texts = new ArrayList<TrainingExample>();
    var pairs = new ArrayList<Pair>();
    var labelled = new ArrayList<LabelledText>();
    for (int i = 0; i < 8; i++) {
      texts.add(example(random, vocabulary));
      pairs.add(new Pair(example(random, vocabulary), example(random, vocabulary)));
      var text = example(random, vocabulary);
      labelled.add(
          new LabelledText(
              new TrainingExample(
                  Arrays.copyOf(text.ids(), Math.min(CONTEXT, text.length())),
                  new BitSet(),
                  text.place()),
              List.of(i % 3)));
    }
    var classes =
        new LearningData.Classes(
            List.of("a", "b", "c"), ClassPooling.MEAN, several, Optional.empty());
    return switch (task) {
      case CONTINUATION -> new LearningData.Continuations(texts, texts.subList(0, 4), false);
      case PREFERENCE ->
          new LearningData.Preferences(pairs, pairs.subList(0, 4), PreferenceMethod.STANDARD);
      case CLASSIFICATION ->
          new LearningData.Classifications(labelled, labelled.subList(0, 4), classes);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "adapter-training/lora-qv/start, llama, CONTINUATION, false",
    "adapter-training/lora-qv/start, llama, CONTINUATION, true",
    "adapter-training/dora-all/start, qwen3, CONTINUATION, false",
    "adapter-training/dora-all/start, qwen3, CONTINUATION, true",
    "adapter-training/ia3/start, llama, CONTINUATION, false",
    "adapter-training/prompt/start, llama, CONTINUATION, true",
    "adapters/lora-gpt2, gpt2, CONTINUATION, false",
    "adapters/loha, llama, CONTINUATION, false",
    "adapters/lora-embedding, llama, CONTINUATION, false",
    "adapter-training/dpo/start, llama, PREFERENCE, false",
    "adapters/seq-cls-llama, llama, CLASSIFICATION, false",
    "adapters/seq-cls-llama, llama, CLASSIFICATION, true"
  })
  void thePlanKnowsWhatALearnerTakes(
      String adapter, String model, TuningTask task, boolean recompute) throws IOException {
    Path directory = Golden.directory(adapter);
    int labels = task == TuningTask.CLASSIFICATION ? 3 : 0;
    AdapterConfig made = AdapterDirectory.readConfig(directory).withLabels(labels);
    check(new Case(model, made, new AdapterStart.Stored(directory), task, recompute, false));
  }

  /// Where the model learns itself, with copies of what learns; blocks are decoded.
  @ParameterizedTest
  @CsvSource({
    "models/llama, layers.1, CONTINUATION, false",
    "models/gpt2, all, CONTINUATION, true",
    "models/qwen3, norm, PREFERENCE, false",
    "models/llama, layers.2, CLASSIFICATION, false",
    "gguf-families/gemma3.gguf, layers.0, CONTINUATION, false"
  })
  void thePlanKnowsWhatFullTuningTakes(
      String model, String train, TuningTask task, boolean recompute) throws IOException {
    var made =
        FullTuningTest.adapter(List.of(train), List.of())
            .withLabels(task == TuningTask.CLASSIFICATION ? 3 : 0);
    check(new Case("../" + model, made, new AdapterStart.New(made, 1), task, recompute, false));
  }

  @Test
  void thePlanKnowsWhatSeveralLabelsTake() throws IOException {
    Path directory = Golden.directory("adapters/seq-cls-llama");
    AdapterConfig made = AdapterDirectory.readConfig(directory).withLabels(3);
    var start = new AdapterStart.Stored(directory);
    check(new Case("llama", made, start, TuningTask.CLASSIFICATION, false, true));
  }

  /// Of what begins with more than its file has.
  @ParameterizedTest
  @CsvSource({"pissa, false", "pissa, true", "p-tuning, false", "p-tuning, true", "adalora, false"})
  void thePlanKnowsWhatNewAdaptersTake(String name, boolean recompute) throws IOException {
    var method =
        switch (name) {
          case "pissa" ->
              new LoraMethod(
                  LoraMethod.of(4, 8).ranks(), LoraMethod.Variant.PLAIN, LoraInit.PISSA, List.of());
          case "adalora" -> AdaLoraMethod.of(2, 3, 8, 0);
          default ->
              new PromptMethod(
                  3,
                  PromptMethod.Begin.RANDOM,
                  Optional.of(new PromptMethod.Encoder(false, 16, 2, 0)));
        };
    var targets =
        name.equals("p-tuning") ? new ModuleSelection.Usual() : new ModuleSelection.AllLinear();
    var made =
        new AdapterConfig(method, Targets.of(targets), LearnedWhole.NOTHING, Origin.of("llama"));
    check(
        new Case(
            "llama",
            made,
            new AdapterStart.New(made, 1),
            TuningTask.CONTINUATION,
            recompute,
            false));
  }

  private record Case(
      String model,
      AdapterConfig made,
      AdapterStart start,
      TuningTask task,
      boolean recompute,
      boolean several) {}

  /// The memory of sums and exchanges included, and only its share of the moments.
  @ParameterizedTest
  @EnumSource
  void thePlanKnowsWhatARankTakes(Sharding sharding) throws Exception {
    Path directory = Golden.directory("adapter-training/lora-qv/start");
    var lora = AdapterDirectory.readConfig(directory);
    var full = FullTuningTest.adapter(List.of("layers.1"), List.of());
    for (var task : List.of(TuningTask.CONTINUATION, TuningTask.PREFERENCE)) {
      var adapter = new Case("llama", lora, new AdapterStart.Stored(directory), task, false, false);
      var model = new Case("llama", full, new AdapterStart.New(full, 1), task, false, false);
      for (var given : List.of(adapter, model)) {
        RankThreads.all(
            2,
            sharding,
            ranks -> {
              check(given, ranks);
              return ranks;
            });
      }
    }
  }

  private static void check(Case given) throws IOException {
    var plan = check(given, Ranks.alone());
    assertEquals(plan.gradients() * 2, plan.optimizer());
  }

  private static TuningMemory check(Case given, Ranks ranks) throws IOException {
    var task = given.task;
    var config = config(given.recompute);
    try (var workers = Workers.of(2);
        var base =
            LoadedModel.open(
                Golden.directory("models/" + given.model).normalize(), TensorMemory.unlimited())) {
      var subject =
          new TuningMemory.Subject(
              base.decoder().parameters(),
              given.made,
              given.start instanceof AdapterStart.New,
              task,
              given.several);
      var plan = TuningMemory.of(subject, config, ranks);
      var memory = TensorMemory.unlimited();
      var learning =
          new AdapterLearner.Task(
              base, given.start, config, data(task, base.config().vocabularySize(), given.several));
      try (var learner =
          new AdapterLearner(learning, new Compute(Kernels.choose(workers), memory, ranks))) {
        for (int step = 0; step < 6; step++) {
          learner.step(new StepPlan(step, 1e-3, true));
          learner.evaluate(); // in a run only the first rank does
        }
      }
      assertEquals(memory.peakBytes(), plan.tensors(), plan.toString());
      assertEquals(List.of(), memory.openArenas());
      return plan;
    }
  }
}

package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.data.Batch;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Golden;
import dev.fader.model.ParameterSpec;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.Targets;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.file.ModelWeights;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.StepPlan;
import dev.fader.train.TrainableModel;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingRun;
import dev.fader.train.TrainingRun.Beginning;
import dev.fader.train.TrainingRun.Compute;
import dev.fader.tune.example.Place;
import dev.fader.tune.example.TrainingExample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Parameters of a model that learn themselves.
class FullTuningTest {
  private static final int[] IDS = {24, 4, 21, 15, 5, 4, 7, 3, 20, 21, 5, 9, 17};
  private static final StepPlan PLAN = new StepPlan(0, 1e-3, false);

  private final Workers workers = Workers.of(2);
  private final TensorMemory memory = TensorMemory.unlimited();
  private final Compute compute = new Compute(Kernels.choose(workers), memory);

  @TempDir private Path folder;

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static TrainingConfig config(boolean recompute) {
    return new TrainingConfig(
        new TrainingConfig.Batching(1, 1, 16),
        new TrainingBudget.Steps(1),
        new Schedule(Schedule.Shape.CONSTANT, 1e-3, 0, 0),
        OptimizerConfig.adamw(),
        TrainingConfig.Cadence.standard(),
        0,
        1,
        recompute,
        false);
  }

  private static LearningData data() {
    var learned = new BitSet();
    learned.set(1, IDS.length);
    var example = new TrainingExample(IDS, learned, new Place("test", 1));
    return new LearningData.Continuations(List.of(example), List.of(), false);
  }

  static AdapterConfig adapter(List<String> train, List<String> freeze) {
    return new AdapterConfig(
        new FullMethod(train, freeze),
        Targets.of(new ModuleSelection.Usual()),
        LearnedWhole.NOTHING,
        Origin.of("test"));
  }

  private AdapterLearner learner(LoadedModel base, AdapterConfig adapter, boolean recompute)
      throws IOException {
    var start = new AdapterStart.New(adapter, 1);
    return new AdapterLearner(
        new AdapterLearner.Task(base, start, config(recompute), data()), compute);
  }

  /// The same kernels in the same order: the bits are those of training the whole model.
  @ParameterizedTest
  @CsvSource({
    "models/llama, all, false",
    "models/llama, layers.(0|2), true",
    "models/gpt2, all, false",
    "models/gpt2, wte, false",
    "models/qwen3, norm, false",
    "families/mixtral, experts, false"
  })
  void gradientsAreThoseOfTraining(String name, String train, boolean recompute)
      throws IOException {
    Path path = Golden.directory(name);
    try (var base = LoadedModel.open(path, memory);
        var tuned = learner(base, adapter(List.of(train), List.of()), recompute);
        var trained =
            new TrainableModel(compute.kernels(), memory, base.config(), config(recompute))) {
      ModelWeights.copy(path, trained.parameters());
      var inputs = Arrays.copyOf(IDS, IDS.length - 1);
      var targets = Arrays.copyOfRange(IDS, 1, IDS.length);
      var batch = Batch.ofSequences(inputs, targets, new int[] {inputs.length});
      var expected = trained.step(List.of(batch), PLAN);
      var found = tuned.step(PLAN);
      assertEquals(expected.loss(), found.loss());
      assertTrue(!tuned.adapter().tensors().isEmpty());
      tuned
          .adapter()
          .adapter()
          .replaced()
          .forEach((entry, variable) ->
              assertArrayEquals(
                  trained.parameters().get(entry).gradient().orElseThrow().toArray(),
                  variable.gradient().orElseThrow().toArray(),
                  name + " " + entry));
    }
  }

  /// What is written is the model that learned, whatever it was read from: a quantised one in
  /// float32.
  @ParameterizedTest
  @CsvSource({
    "models/llama, layers.1, 1e-6",
    "models/gpt2, all, 1e-6",
    "families/mixtral, experts, 1e-6",
    "gguf-families/gemma3.gguf, norm, 1e-5",
    "gguf-families/mixtral-apart.gguf, layers.1, 1e-5",
    "gguf/wide256-q4_k_m.gguf, layers.1.self_attn, 1e-4"
  })
  void whatIsWrittenIsTheModel(String name, String train, double tolerance) throws IOException {
    Path path = Golden.directory(name);
    var adapter = adapter(List.of(train), List.of());
    double last = 0;
    var out = folder.resolve("tuned");
    try (var base = LoadedModel.open(path, memory);
        var tuned = learner(base, adapter, false);
        var run = new TrainingRun(course(out), tuned, new Beginning.New(Optional.empty(), false))) {
      tuned.writeFixed(out);
      run.run(event -> {});
      last = tuned.step(PLAN).loss();
      try (var again = learner(base, adapter, false)) {
        again.read(out.resolve("checkpoints/step-00000001"));
        assertEquals(last, again.step(PLAN).loss(), "read back to learn on, to the bit");
      }
    }
    try (var written = LoadedModel.open(out, memory);
        var learner = learner(written, adapter, false)) {
      // Rotary pairs lie apart, and blocks are multiplied in another way than numbers.
      assertEquals(last, learner.step(PLAN).loss(), tolerance * last);
    }
  }

  private TrainingRun.Course course(Path out) {
    return new TrainingRun.Course(config(false), compute.kernels().arithmetic(), out, true);
  }

  @Test
  void patternsChoose() throws IOException {
    try (var base = LoadedModel.open(Golden.directory("models/gpt2"), memory)) {
      var model = base.config();
      var names =
          new FullMethod(List.of("h.1", "wte"), List.of("ln_", "bias"))
              .entries(model).stream().map(ParameterSpec::name).toList();
      assertEquals(
          List.of(
              "transformer.h.1.attn.c_attn.weight",
              "transformer.h.1.attn.c_proj.weight",
              "transformer.h.1.mlp.c_fc.weight",
              "transformer.h.1.mlp.c_proj.weight",
              "transformer.wte.weight"),
          names);
      assertRefused(
          "'lm_head' selects the head, which is the embedding of this model: name 'transformer.wte'",
          List.of("lm_head"),
          List.of(),
          base);
      assertRefused(
          "nothing is left to learn: all that wte selects is frozen by transformer",
          List.of("wte"),
          List.of("transformer"),
          base);
      assertRefused(
          "'c_fcc' matches no parameter of this gpt2 model of %d layers, counted from 0; the nearest are c_fc, and one is called %s"
              .formatted(
                  model.layers(),
                  base.decoder()
                      .parameters()
                      .specs()
                      .get(base.decoder().parameters().specs().size() / 2)
                      .name()),
          List.of("c_fcc"),
          List.of(),
          base);
    }
  }

  private static void assertRefused(
      String message, List<String> train, List<String> freeze, LoadedModel base) {
    var refused =
        assertThrows(
            AdapterException.class, () -> new FullMethod(train, freeze).entries(base.config()));
    assertEquals(message, refused.getMessage());
  }
}

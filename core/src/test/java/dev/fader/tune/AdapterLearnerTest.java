package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.LowRankDifference;
import dev.fader.format.DurableDirectory;
import dev.fader.format.TensorFile;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
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
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.StepPlan;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingRun.Compute;
import dev.fader.tune.example.ExampleEncoder.Pair;
import dev.fader.tune.example.Place;
import dev.fader.tune.example.TrainingExample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Gradients of the first step and ten losses of peft on PyTorch (`golden/adapter-training`).
class AdapterLearnerTest {
  private static final double RATE = 0.005;

  private final Workers workers = Workers.of(2);
  private final TensorMemory memory = TensorMemory.unlimited();
  private final Compute compute = new Compute(Kernels.choose(workers), memory);

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static TrainingConfig config(int batch, int accumulate, boolean recompute) {
    return new TrainingConfig(
        new TrainingConfig.Batching(batch, accumulate, 16),
        new TrainingBudget.Steps(10),
        new Schedule(Schedule.Shape.CONSTANT, RATE, 0, 0),
        new OptimizerConfig(OptimizerConfig.Method.ADAMW, 0.9, 0.95, 1e-8, 0, 0, false, 1),
        TrainingConfig.Cadence.standard(),
        0,
        1,
        recompute,
        false);
  }

  private static StepPlan plan(long step) {
    return new StepPlan(step, RATE, false);
  }

  private static TrainingExample example(int[] ids, int given) {
    var learned = new BitSet();
    learned.set(given, ids.length);
    return new TrainingExample(ids, learned, new Place("test", 1));
  }

  private static LearningData continuations(JsonNode golden) {
    var examples = new ArrayList<TrainingExample>();
    golden.get("batch").forEach(ids -> examples.add(example(Golden.ints(ids), 1)));
    return new LearningData.Continuations(examples, List.of(), false);
  }

  private static Path directory(String name) {
    return Golden.directory("adapter-training/" + name);
  }

  private LoadedModel base(JsonNode golden) throws IOException {
    return LoadedModel.open(Golden.directory(golden.get("model").stringValue()), memory);
  }

  private AdapterLearner learner(
      LoadedModel base, String name, TrainingConfig config, LearningData data) throws IOException {
    var start = new AdapterStart.Stored(directory(name).resolve("start"));
    return new AdapterLearner(new AdapterLearner.Task(base, start, config, data), compute);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora-qv", "dora-all", "ia3", "prompt", "alora"})
  void tenStepsMatchPeft(String name) throws IOException {
    var golden = Golden.json(directory(name).resolve("training.json"));
    for (boolean recompute : new boolean[] {false, true}) {
      try (var base = base(golden);
          var learner = learner(base, name, config(2, 1, recompute), continuations(golden))) {
        for (int step = 0; step < 10; step++) {
          var result = learner.step(plan(step));
          double loss = golden.get("losses").get(step).doubleValue();
          // The project's bar for ten steps; the first knows only rounding of the forward pass.
          assertEquals(loss, result.loss(), step == 0 ? 1e-5 : 1e-3, "loss of step " + step);
          assertEquals(32, result.targets());
          if (step == 0) {
            checkGradients(name, learner);
          }
        }
      }
    }
  }

  private static AdapterConfig fromWeights(String init) {
    var lora = LoraMethod.of(4, 8);
    return new AdapterConfig(
        new LoraMethod(lora.ranks(), lora.variant(), LoraInit.named(init).orElseThrow(), List.of()),
        Targets.of(ModuleSelection.of("q_proj,v_proj,down_proj")),
        LearnedWhole.NOTHING,
        Origin.of("models/llama"));
  }

  private AdapterLearner fromWeights(LoadedModel base, String init, JsonNode golden)
      throws IOException {
    var start = new AdapterStart.New(fromWeights(init), 1);
    var task = new AdapterLearner.Task(base, start, config(2, 1, false), continuations(golden));
    return new AdapterLearner(task, compute);
  }

  /// peft takes the part out of the weight that the adapter begins as; the losses are the same.
  /// Those of singular values by iterations are as near as the iterations are.
  @ParameterizedTest
  @CsvSource({"pissa, pissa", "olora, olora", "pissa, pissa_niter_8"})
  void tenStepsOfAPartOfTheWeightMatchPeft(String name, String init) throws IOException {
    var golden = Golden.json(directory(name).resolve("training.json"));
    try (var base = base(golden);
        var learner = fromWeights(base, init, golden)) {
      var product = product(learner, "model.layers.1.self_attn.v_proj");
      for (int row = 0; row < 3; row++) {
        for (int column = 0; column < product[row].length; column++) {
          double expected = golden.get("product").get(row).get(column).doubleValue();
          assertEquals(expected, product[row][column], 1e-5, row + ", " + column);
        }
      }
      for (int step = 0; step < 10; step++) {
        double loss = golden.get("losses").get(step).doubleValue();
        double tolerance = step == 0 ? 1e-5 : 1e-3; // as in tenStepsMatchPeft
        assertEquals(loss, learner.step(plan(step)).loss(), tolerance, "loss of step " + step);
      }
    }
  }

  /// Rows of `scale B A`.
  private static double[][] product(AdapterLearner learner, String module) {
    var adapter = (LowRankDifference) learner.adapter().adapter().projections().get(module);
    var up = Matrix.of(adapter.learned().up().value());
    var down = Matrix.of(adapter.learned().down().value());
    var product = new double[up.rows()][down.columns()];
    for (int row = 0; row < up.rows(); row++) {
      for (int column = 0; column < down.columns(); column++) {
        for (int k = 0; k < down.rows(); k++) {
          product[row][column] +=
              (double) adapter.learned().scale() * up.get(row, k) * down.get(k, column);
        }
      }
    }
    return product;
  }

  /// The file is plain LoRA of twice the rank, which gives the same loss on the model as it is, and
  /// what was learned and begun with comes back from it to the bit.
  @ParameterizedTest
  @ValueSource(strings = {"pissa", "olora"})
  void aPartOfTheWeightIsSavedAsPlainLora(String name, @TempDir Path folder) throws IOException {
    var golden = Golden.json(directory(name).resolve("training.json"));
    try (var base = base(golden);
        var learner = fromWeights(base, name, golden);
        var again = fromWeights(base, "pissa_niter_1", golden)) {
      for (int step = 0; step < 3; step++) {
        learner.step(plan(step));
      }
      var saved = folder.resolve("adapter");
      AdapterDirectory.write(saved, learner.adapter(), base.config());
      var json = Golden.json(saved.resolve("adapter_config.json"));
      assertEquals(8, json.get("r").intValue());
      assertEquals(16, json.get("lora_alpha").intValue());
      assertTrue(json.get("init_lora_weights").booleanValue());
      try (var arena = memory.open("saved")) {
        var read = AdapterDirectory.read(saved, base.decoder().parameters(), arena);
        for (var key : again.adapter().tensors().keySet()) {
          again.adapter().set(key, read.tensors().get(key).value());
        }
      }
      var start = new AdapterStart.Stored(saved);
      var task = new AdapterLearner.Task(base, start, config(2, 1, false), continuations(golden));
      double loss;
      try (var plain = new AdapterLearner(task, compute)) {
        loss = plain.step(plan(3)).loss();
      }
      var gone = learner.step(plan(3));
      assertEquals(gone.loss(), loss, 1e-5);
      assertEquals(gone.loss(), again.step(plan(3)).loss());
    }
  }

  private static AdapterConfig encoded(boolean recurrent) {
    return new AdapterConfig(
        new PromptMethod(
            3,
            PromptMethod.Begin.RANDOM,
            Optional.of(new PromptMethod.Encoder(recurrent, 16, 2, 0))),
        Targets.of(new ModuleSelection.Usual()),
        LearnedWhole.NOTHING,
        Origin.of("models/llama"));
  }

  private AdapterLearner encoded(LoadedModel base, JsonNode golden, boolean recompute)
      throws IOException {
    var start = new AdapterStart.New(encoded(false), 1);
    var task = new AdapterLearner.Task(base, start, config(2, 1, recompute), continuations(golden));
    return new AdapterLearner(task, compute);
  }

  /// The encoder learns, and its file has what it makes, as peft's has.
  @Test
  void tenStepsOfAnEncoderMatchPeft(@TempDir Path folder) throws IOException {
    var golden = Golden.json(directory("p-tuning").resolve("training.json"));
    for (boolean recompute : new boolean[] {false, true}) {
      try (var base = base(golden);
          var learner = encoded(base, golden, recompute);
          var begun = TensorFile.open(directory("p-tuning").resolve("start.safetensors"))) {
        assertEquals(begun.names().size(), learner.adapter().tensors().size());
        assertEquals(2_592, learner.adapter().count(base.config()));
        for (var entry : learner.adapter().tensors().entrySet()) {
          begun.get(entry.getKey()).copyTo(entry.getValue().value());
        }
        for (int step = 0; step < 10; step++) {
          double loss = golden.get("losses").get(step).doubleValue();
          double tolerance = step == 0 ? 1e-5 : 1e-3; // as in tenStepsMatchPeft
          assertEquals(loss, learner.step(plan(step)).loss(), tolerance, "loss of step " + step);
        }
        var saved = folder.resolve("adapter" + recompute);
        AdapterDirectory.write(saved, learner.adapter(), base.config());
        try (var arena = memory.open("saved")) {
          var read = AdapterDirectory.read(saved, base.decoder().parameters(), arena);
          var made = read.tensors().get("prompt_embeddings").value();
          for (int i = 0; i < made.elements(); i++) {
            assertEquals(golden.get("made").get(i).doubleValue(), made.get(i), 2e-3, "number " + i);
          }
        }
      }
    }
  }

  private static AdapterConfig allocated() {
    var budget = new AdaLoraMethod.Budget(4, 2, 2, 3, 3, OptionalInt.of(14), 0.85, 0.85, 0.5);
    return new AdapterConfig(
        new AdaLoraMethod(8, 0, budget, new LinkedHashMap<>()),
        Targets.of(ModuleSelection.of("q_proj,v_proj")),
        LearnedWhole.NOTHING,
        Origin.of("models/llama"));
  }

  private AdapterLearner allocated(LoadedModel base, JsonNode golden) throws IOException {
    var task =
        new AdapterLearner.Task(
            base, new AdapterStart.New(allocated(), 1), config(2, 1, false), continuations(golden));
    return new AdapterLearner(task, compute);
  }

  /// Losses with their penalty, and the ranks that each module keeps, are those of peft.
  @Test
  void adaLoraGivesRanksAsPeft(@TempDir Path folder) throws IOException {
    var golden = Golden.json(directory("adalora").resolve("training.json"));
    try (var base = base(golden);
        var learner = allocated(base, golden);
        var begun = TensorFile.open(directory("adalora").resolve("start.safetensors"))) {
      for (var entry : learner.adapter().tensors().entrySet()) {
        begun.get(entry.getKey()).copyTo(entry.getValue().value());
      }
      for (int step = 0; step < 14; step++) {
        double loss = golden.get("losses").get(step).doubleValue();
        double tolerance = step == 0 ? 1e-5 : 1e-3; // as in tenStepsMatchPeft
        assertEquals(loss, learner.step(plan(step)).loss(), tolerance, "loss of step " + step);
        if (step == 6 || step == 13) {
          var written = save(learner, folder.resolve("at-" + step));
          assertEquals(
              golden.get("kept").get(step),
              Golden.json(written.resolve("adapter_config.json")).get("rank_pattern"));
        }
      }
      try (var arena = memory.open("saved")) {
        var read =
            AdapterDirectory.read(folder.resolve("at-13"), base.decoder().parameters(), arena);
        assertEquals(
            List.of(3L, 4L, 1L, 1L, 0L, 3L),
            read.tensors().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("lora_A"))
                .map(entry -> entry.getValue().value().shape().dimension(0))
                .toList());
      }
    }
  }

  private static Path save(AdapterLearner learner, Path directory) throws IOException {
    try (var target = DurableDirectory.create(directory)) {
      for (var file : learner.adapterFiles().entrySet()) {
        target.write(file.getKey(), file.getValue());
      }
      target.commit();
    }
    return directory;
  }

  @Test
  void anLstmIsNotTrained() throws IOException {
    var golden = Golden.json(directory("p-tuning").resolve("training.json"));
    try (var base = base(golden)) {
      var start = new AdapterStart.New(encoded(true), 1);
      var task = new AdapterLearner.Task(base, start, config(2, 1, false), continuations(golden));
      assertEquals(
          "P-tuning with an LSTM cannot be trained here: begin it with the encoder MLP",
          assertThrows(AdapterException.class, () -> new AdapterLearner(task, compute))
              .getMessage());
    }
  }

  /// PyTorch's names of parameters differ from those of files in two places.
  private static final Map<String, String> OF_FILES =
      Map.of(
          "prompt_encoder.embedding.weight", "prompt_embeddings",
          ".lora_magnitude_vector.weight", ".lora_magnitude_vector");

  private static void checkGradients(String name, AdapterLearner learner) throws IOException {
    try (var gradients = TensorFile.open(directory(name).resolve("gradients.safetensors"))) {
      for (String theirs : gradients.names()) {
        String ours = theirs;
        for (var change : OF_FILES.entrySet()) {
          ours = ours.replace(change.getKey(), change.getValue());
        }
        var expected = new float[Math.toIntExact(gradients.get(theirs).shape().elements())];
        try (var arena = TensorMemory.unlimited().open("golden")) {
          var tensor = arena.allocate(DType.FLOAT32, gradients.get(theirs).shape());
          gradients.get(theirs).copyTo(tensor);
          System.arraycopy(tensor.toArray(), 0, expected, 0, expected.length);
        }
        float largest = 0;
        for (float value : expected) {
          largest = Math.max(largest, Math.abs(value));
        }
        var found = learner.adapter().tensors().get(ours).gradient().orElseThrow().toArray();
        // The project's bar for gradients: 1e-4 of the largest of each tensor.
        assertArrayEquals(expected, found, 1e-4f * largest, theirs);
      }
    }
  }

  /// Keys and values of every layer before the text (`golden/adapters/prefix-NAME`).
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "qwen3"})
  void tenStepsOfPrefixTuningMatchPeft(String name) throws IOException {
    var directory = Golden.directory("adapters/prefix-" + name);
    var golden = Golden.json(directory.resolve("golden.json"));
    var data =
        new LearningData.Continuations(
            List.of(example(Golden.ints(golden.get("input_ids")), 1)), List.of(), false);
    for (boolean recompute : new boolean[] {false, true}) {
      var config = config(1, 1, recompute);
      try (var base = LoadedModel.open(Golden.directory(golden.get("base").stringValue()), memory);
          var learner =
              new AdapterLearner(
                  new AdapterLearner.Task(base, new AdapterStart.Stored(directory), config, data),
                  compute)) {
        for (int step = 0; step < 10; step++) {
          double loss = golden.get("losses").get(step).doubleValue();
          // as in tenStepsMatchPeft
          double tolerance = step == 0 ? 1e-5 : 1e-3;
          assertEquals(loss, learner.step(plan(step)).loss(), tolerance, "loss of step " + step);
          if (step == 0) {
            var gradient = learner.adapter().tensors().get("prompt_embeddings").gradient();
            var expected = new float[golden.get("gradient").size()];
            float largest = 0;
            for (int i = 0; i < expected.length; i++) {
              expected[i] = golden.get("gradient").get(i).floatValue();
              largest = Math.max(largest, Math.abs(expected[i]));
            }
            assertArrayEquals(expected, gradient.orElseThrow().toArray(), 1e-4f * largest);
          }
        }
      }
    }
  }

  @Test
  void preferencesMatchPyTorch() throws IOException {
    var golden = Golden.json(directory("dpo").resolve("dpo.json"));
    for (var variant : PreferenceMethod.Variant.values()) {
      var method = new PreferenceMethod(variant, golden.get("beta").doubleValue(), 0);
      var data = new LearningData.Preferences(pairs(golden), List.of(), method);
      try (var base = base(golden);
          var learner = learner(base, "dpo", config(2, 1, false), data)) {
        double loss = learner.step(plan(0)).loss();
        double sum = 0;
        for (var pair : golden.get("per_pair")) {
          sum += pair.get(field(variant)).doubleValue();
        }
        assertEquals(sum / 2, loss, 1e-4 * sum, variant.toString());
        if (variant == PreferenceMethod.Variant.SIGMOID) {
          checkGradients("dpo", learner);
        }
      }
    }
  }

  private static String field(PreferenceMethod.Variant variant) {
    return switch (variant) {
      case SIGMOID -> "sigmoid";
      case HINGE -> "hinge";
      case IPO -> "ipo_length_normalised";
    };
  }

  private static List<Pair> pairs(JsonNode golden) {
    var pairs = new ArrayList<Pair>();
    for (var pair : golden.get("pairs")) {
      pairs.add(new Pair(answer(pair, "chosen"), answer(pair, "rejected")));
    }
    return pairs;
  }

  private static TrainingExample answer(JsonNode pair, String which) {
    int[] prompt = Golden.ints(pair.get("prompt"));
    int[] answer = Golden.ints(pair.get(which));
    var ids = new int[prompt.length + answer.length];
    System.arraycopy(prompt, 0, ids, 0, prompt.length);
    System.arraycopy(answer, 0, ids, prompt.length, answer.length);
    return example(ids, prompt.length);
  }

  /// One batch of eight examples is eight batches of one, in loss and in the length of the
  /// gradient.
  @Test
  void accumulationIsTheSameAsALargerBatch() throws IOException {
    var golden = Golden.json(directory("lora-qv").resolve("training.json"));
    var ids = Golden.ints(golden.get("batch").get(0));
    var examples = new ArrayList<TrainingExample>();
    for (int i = 0; i < 8; i++) {
      examples.add(example(java.util.Arrays.copyOf(ids, 5 + i), 1 + i / 2));
    }
    var data = new LearningData.Continuations(examples, List.of(), false);
    try (var base = base(golden);
        var together = learner(base, "lora-qv", config(8, 1, false), data);
        var apart = learner(base, "lora-qv", config(1, 8, false), data)) {
      for (int step = 0; step < 3; step++) {
        var one = together.step(plan(step));
        var eight = apart.step(plan(step));
        assertEquals(one.targets(), eight.targets());
        assertEquals(one.loss(), eight.loss(), 1e-5);
        assertEquals(one.gradientNorm(), eight.gradientNorm(), 1e-4 * one.gradientNorm());
      }
      assertTrue(together.position().epoch() > 0);
    }
  }
}

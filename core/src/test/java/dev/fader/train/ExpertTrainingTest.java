package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.Batch;
import dev.fader.format.TensorFile;
import dev.fader.grad.Routing;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.model.TinyModels;
import dev.fader.model.family.Families;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig.Method;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ExpertTrainingTest {
  private static final int STEPS = 10;

  /// As `family_trainings.py` has them.
  private static final Balancing BIAS = new Balancing(Balancing.Method.BIAS, 0.05, 0, 0);

  private static final Balancing LOSS = new Balancing(Balancing.Method.LOSS, 0, 0.5, 0.1);

  private final Workers workers = Workers.of(1);
  private final Kernels kernels = Kernels.scalar(workers);
  private final TensorMemory memory = TensorMemory.unlimited();

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(0, memory.bytes());
  }

  private static StepPlan plan(long step) {
    return new StepPlan(step, 0.01, false);
  }

  private static Balancing balancing(String name) {
    return name.startsWith("deepseek") ? BIAS : LOSS;
  }

  private static TrainingConfig settings(GoldenModel golden, Balancing balancing) {
    return golden.settings(Method.ADAMW, false).with(balancing);
  }

  private static List<List<Long>> choices(StepResult result) {
    return result.experts().stream().map(ExpertLoad::choices).toList();
  }

  private static List<List<Long>> choices(JsonNode layers) {
    return layers
        .valueStream()
        .map(layer -> layer.valueStream().map(JsonNode::longValue).toList())
        .toList();
  }

  private void assertSteps(GoldenModel golden, JsonNode expected, TrainableModel trainer) {
    for (int step = 0; step < STEPS; step++) {
      var result = trainer.step(List.of(golden.batch()), plan(step));
      double loss = expected.get("losses").get(step).doubleValue();
      double norm = expected.get("grad_norms_before_clipping").get(step).doubleValue();
      // The project's bar for ten steps; the first knows only rounding of the forward pass.
      assertEquals(loss, result.loss(), step == 0 ? 1e-5 : 1e-3, "loss of step " + step);
      assertEquals(norm, result.gradientNorm(), 1e-2 * norm, "gradient norm of step " + step);
      assertEquals(choices(expected.get("loads").get(step)), choices(result), "step " + step);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "gpt-oss", "deepseek-v2", "deepseek-v3"})
  void tenStepsMatchPyTorch(String name) {
    var golden = GoldenModel.ofFamily(name);
    try (var trainer = golden.trainer(kernels, memory, settings(golden, Balancing.NONE))) {
      assertSteps(golden, golden.training().get("plain"), trainer);
    }
  }

  /// By the bias where the family has one, and by loss and z-loss where it has none.
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "deepseek-v3"})
  void tenBalancedStepsMatchPyTorch(String name) {
    var golden = GoldenModel.ofFamily(name);
    var expected = golden.training().get("balanced");
    try (var trainer = golden.trainer(kernels, memory, settings(golden, balancing(name)))) {
      assertSteps(golden, expected, trainer);
      int layer = 0;
      for (var spec : trainer.parameters().specs()) {
        if (spec.role() == Role.ROUTER_CORRECTION) {
          var biases = expected.get("biases").get(layer++);
          for (int e = 0; e < biases.size(); e++) {
            double bias = trainer.parameters().get(spec).value().get(e);
            assertEquals(biases.get(e).doubleValue(), bias, 1e-6, spec.name());
          }
        }
      }
    }
  }

  /// A quarter of the highest learning rate moves biases a quarter as far.
  @Test
  void biasMovesLessAsTheLearningRateFalls() {
    var golden = GoldenModel.ofFamily("deepseek-v3");
    float[] before;
    float[] after;
    float[] afterLess;
    try (var trainer = golden.trainer(kernels, memory, settings(golden, BIAS))) {
      before = biases(trainer);
      trainer.step(List.of(golden.batch()), plan(0));
      after = biases(trainer);
    }
    try (var trainer = golden.trainer(kernels, memory, settings(golden, BIAS))) {
      trainer.step(List.of(golden.batch()), new StepPlan(0, 0.0025, false));
      afterLess = biases(trainer);
    }
    boolean moved = false;
    for (int i = 0; i < before.length; i++) {
      float move = after[i] - before[i];
      assertEquals(move / 4, afterLess[i] - before[i], 1e-7, "bias " + i);
      moved |= move != 0;
    }
    assertTrue(moved);
  }

  private static float[] biases(TrainableModel trainer) {
    int layer = trainer.parameters().config().layers() - 1;
    return trainer.parameters().weight(Role.ROUTER_CORRECTION, layer).value().toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe"})
  void gradientsOfBalanceMatchPyTorch(String name) throws IOException {
    var golden = GoldenModel.ofFamily(name);
    try (var trainer = golden.trainer(kernels, memory, settings(golden, LOSS));
        var gradients = TensorFile.open(golden.directory().resolve("balanced.safetensors"))) {
      trainer.step(List.of(golden.batch()), new StepPlan(0, 0, false));
      for (var spec : trainer.parameters().specs()) {
        var expected = gradients.tensor(spec.name()).toArray();
        var actual = trainer.parameters().get(spec).gradient().orElseThrow().toArray();
        double largest = 0;
        for (float value : expected) {
          largest = Math.max(largest, Math.abs(value));
        }
        // as in GoldenGradientTest
        assertArrayEquals(expected, actual, (float) (1e-4 * largest), spec.name());
      }
    }
  }

  /// Balance is that of all batches of a step, and not of each.
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "deepseek-v3"})
  void accumulatedBatchesMatchOneBatch(String name) {
    var golden = GoldenModel.ofFamily(name);
    var settings = golden.settings(Method.SGD, false).with(balancing(name));
    try (var together = golden.trainer(kernels, memory, settings);
        var apart = golden.trainer(kernels, memory, settings)) {
      var one = together.step(List.of(golden.batch()), plan(0));
      var two = apart.step(List.of(golden.row(0), golden.row(1)), plan(0));
      assertEquals(one.loss(), two.loss(), 1e-6);
      assertEquals(one.gradientNorm(), two.gradientNorm(), 1e-5 * one.gradientNorm());
      assertEquals(choices(one), choices(two));
      for (var spec : together.parameters().specs()) {
        // as in TrainableModelTest
        assertArrayEquals(
            together.parameters().get(spec).value().toArray(),
            apart.parameters().get(spec).value().toArray(),
            1e-7f,
            spec.name());
      }
    }
  }

  /// Nothing is counted twice, either.
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "deepseek-v3"})
  void recomputingChangesNoBit(String name) {
    var golden = GoldenModel.ofFamily(name);
    var keeping = golden.settings(Method.ADAMW, false).with(balancing(name));
    var again = golden.settings(Method.ADAMW, true).with(balancing(name));
    try (var first = golden.trainer(kernels, memory, keeping);
        var second = golden.trainer(kernels, memory, again)) {
      var batches = List.of(golden.row(0), golden.row(1));
      for (int step = 0; step < 3; step++) {
        assertEquals(first.step(batches, plan(step)), second.step(batches, plan(step)));
      }
      assertSameWeights(first, second);
    }
  }

  /// What pads a batch is sent to experts, and is counted by nobody.
  @Test
  void paddingIsNotCounted() {
    var golden = GoldenModel.ofFamily("mixtral");
    var row = golden.row(0);
    var inputs = Arrays.copyOf(row.inputs(), row.inputs().length + 5);
    var targets = Arrays.copyOf(row.targets(), inputs.length);
    Arrays.fill(targets, row.targets().length, targets.length, Batch.IGNORED);
    var padded = new Batch(1, inputs.length, inputs, targets);
    try (var first = golden.trainer(kernels, memory, settings(golden, LOSS));
        var second = golden.trainer(kernels, memory, settings(golden, LOSS))) {
      var one = first.step(List.of(row), plan(0));
      var other = second.step(List.of(padded), plan(0));
      assertEquals(one.experts(), other.experts());
      assertEquals(one.gradientNorm(), other.gradientNorm(), 1e-5 * one.gradientNorm());
      assertEquals(
          first.evaluate(List.of(row)).experts(), second.evaluate(List.of(padded)).experts());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "deepseek-v3"})
  void bitsDoNotDependOnThreads(String name) {
    var golden = GoldenModel.ofFamily(name);
    var settings = settings(golden, balancing(name));
    try (var expected = golden.trainer(Kernels.choose(workers), memory, settings)) {
      var results = new ArrayList<StepResult>();
      for (int step = 0; step < 3; step++) {
        results.add(expected.step(List.of(golden.batch()), plan(step)));
      }
      for (int threads : new int[] {2, 3}) {
        try (var several = Workers.of(threads);
            var trainer = golden.trainer(Kernels.choose(several), memory, settings)) {
          for (int step = 0; step < 3; step++) {
            assertEquals(results.get(step), trainer.step(List.of(golden.batch()), plan(step)));
          }
          assertSameWeights(expected, trainer);
        }
      }
    }
  }

  /// One expert of one, whose weight is always 1, is a feed-forward network.
  @Test
  void oneExpertOfOneIsTheDenseModel() {
    var dense = TinyModels.llama();
    var routing = new Routing(Routing.Scoring.SOFTMAX, 1, true);
    var feedForward = dense.feedForward();
    var one = new Experts(1, feedForward.width(), routing);
    var experts =
        new ModelConfig(
            Families.names("mixtral"),
            dense.vocabularySize(),
            dense.context(),
            dense.width(),
            dense.layers(),
            1,
            dense.attention(),
            feedForward.withExperts(one),
            dense.norm(),
            dense.positions(),
            dense.embedding(),
            dense.specialTokens(),
            dense.initializerRange());
    var settings = TinyRun.config(new TrainingBudget.Steps(9), 1e-2, Method.ADAMW);
    var vectors = Kernels.choose(workers);
    try (var first = new TrainableModel(vectors, memory, dense, settings);
        var second = new TrainableModel(vectors, memory, experts, settings)) {
      first.initialize();
      second.initialize();
      for (var spec : first.parameters().specs()) {
        second
            .parameters()
            .weight(ofExperts(spec.role()), spec.layer())
            .value()
            .copyFrom(first.parameters().get(spec).value());
      }
      var random = new SplittableRandom(5);
      for (int step = 0; step < 3; step++) {
        var inputs = random.ints(26, 0, dense.vocabularySize()).toArray();
        var targets = random.ints(26, 0, dense.vocabularySize()).toArray();
        var batches = List.of(new Batch(2, 13, inputs, targets));
        assertEquals(
            first.step(batches, plan(step)).loss(), second.step(batches, plan(step)).loss());
      }
      for (var spec : first.parameters().specs()) {
        assertArrayEquals(
            first.parameters().get(spec).value().toArray(),
            second.parameters().weight(ofExperts(spec.role()), spec.layer()).value().toArray(),
            spec.name());
      }
    }
  }

  private static Role ofExperts(Role role) {
    return switch (role) {
      case GATE -> Role.EXPERT_GATE;
      case UP -> Role.EXPERT_UP;
      case DOWN -> Role.EXPERT_DOWN;
      default -> role;
    };
  }

  @Test
  void familyWithoutBiasIsNotBalancedByOne() {
    var golden = GoldenModel.ofFamily("mixtral");
    var thrown =
        assertThrows(
            TrainingException.class,
            () -> golden.trainer(kernels, memory, settings(golden, BIAS)).close());
    assertEquals(
        "the routers of the family 'mixtral' have no bias to balance with", thrown.getMessage());
  }

  private static void assertSameWeights(TrainableModel expected, TrainableModel actual) {
    boolean moved = false;
    for (var spec : expected.parameters().specs()) {
      var value = expected.parameters().get(spec).value().toArray();
      assertArrayEquals(value, actual.parameters().get(spec).value().toArray(), spec.name());
      moved |= value[0] != 0;
    }
    assertTrue(moved);
  }
}

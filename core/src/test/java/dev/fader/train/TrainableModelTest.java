package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.data.Batch;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainableModelTest {
  private final Workers workers = Workers.of(1);
  private final Kernels kernels = Kernels.scalar(workers);
  private final TensorMemory memory = TensorMemory.unlimited();

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
    assertEquals(0, memory.bytes());
  }

  private static StepPlan plan(long step) {
    return new StepPlan(step, 0.01, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "gemma2"})
  void tenAdamwStepsMatchPyTorch(String name) {
    var golden = GoldenModel.of(name);
    try (var trainer = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false))) {
      for (int step = 0; step < 10; step++) {
        var result = trainer.step(List.of(golden.batch()), plan(step));
        double loss = golden.training().get("losses").get(step).doubleValue();
        double norm = golden.training().get("grad_norms_before_clipping").get(step).doubleValue();
        // The project's bar for ten steps; the first knows only rounding of the forward pass.
        assertEquals(loss, result.loss(), step == 0 ? 1e-5 : 1e-3, "loss of step " + step);
        assertEquals(norm, result.gradientNorm(), 1e-2 * norm, "gradient norm of step " + step);
        assertEquals(32, result.targets());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "gemma2"})
  void accumulatedBatchesMatchOneBatch(String name) {
    var golden = GoldenModel.of(name);
    var settings = golden.settings(Method.SGD, false);
    try (var together = golden.trainer(kernels, memory, settings);
        var apart = golden.trainer(kernels, memory, settings)) {
      var one = together.step(List.of(golden.batch()), plan(0));
      var two = apart.step(List.of(golden.row(0), golden.row(1)), plan(0));
      assertEquals(one.loss(), two.loss(), 1e-6);
      assertEquals(one.gradientNorm(), two.gradientNorm(), 1e-5 * one.gradientNorm());
      for (var spec : together.parameters().specs()) {
        // One step of 0.01 with a gradient no longer than 1: rounding is in its seventh digit.
        assertArrayEquals(
            together.parameters().get(spec).value().toArray(),
            apart.parameters().get(spec).value().toArray(),
            1e-7f,
            spec.name());
      }
    }
  }

  /// Attention stays inside a sequence, and positions begin again with each: what is learned from
  /// sequences side by side is what is learned from them one by one.
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "gemma2"})
  void sequencesSideBySideMatchThemOneByOne(String name) {
    var golden = GoldenModel.of(name);
    var settings = golden.settings(Method.SGD, false);
    int[] lengths = {16, 1, 7, 7, 13};
    var inputs = new ArrayList<Integer>();
    var targets = new ArrayList<Integer>();
    var alone = new ArrayList<Batch>();
    for (int length : lengths) {
      var in = Arrays.copyOf(golden.batch().inputs(), length);
      var next = Arrays.copyOf(golden.batch().targets(), length);
      for (int i = 0; i < length - 1; i += 3) {
        next[i] = Batch.IGNORED; // as a prompt's
      }
      Arrays.stream(in).forEach(inputs::add);
      Arrays.stream(next).forEach(targets::add);
      alone.add(new Batch(1, length, in, next));
    }
    var together =
        Batch.ofSequences(
            inputs.stream().mapToInt(id -> id).toArray(),
            targets.stream().mapToInt(id -> id).toArray(),
            lengths);
    try (var first = golden.trainer(kernels, memory, settings);
        var second = golden.trainer(kernels, memory, settings)) {
      var one = first.step(List.of(together), plan(0));
      var five = second.step(alone, plan(0));
      assertEquals(five.loss(), one.loss(), 1e-6);
      assertEquals(five.gradientNorm(), one.gradientNorm(), 1e-5 * five.gradientNorm());
      assertEquals(five.targets(), one.targets());
      for (var spec : first.parameters().specs()) {
        // as in accumulatedBatchesMatchOneBatch
        assertArrayEquals(
            second.parameters().get(spec).value().toArray(),
            first.parameters().get(spec).value().toArray(),
            1e-7f,
            spec.name());
      }
      assertEquals(second.evaluate(alone).loss(), first.evaluate(List.of(together)).loss(), 1e-6);
    }
  }

  @Test
  void closedModelThrows() {
    var golden = GoldenModel.of("gpt2");
    var trainer = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false));
    trainer.close();
    trainer.close();
    var message = "the trainer is closed: its weights, gradients and moments were given back";
    var batches = List.of(golden.batch());
    var step = assertThrows(IllegalStateException.class, () -> trainer.step(batches, plan(0)));
    assertEquals(message, step.getMessage());
    var evaluation = assertThrows(IllegalStateException.class, () -> trainer.evaluate(batches));
    assertEquals(message, evaluation.getMessage());
  }

  @Test
  void ignoredTargetsDoNotCount() {
    var golden = GoldenModel.of("llama");
    int time = golden.batch().time();
    var padded = golden.batch().targets().clone();
    Arrays.fill(padded, time, 2 * time, Batch.IGNORED);
    var settings = golden.settings(Method.SGD, false);
    try (var half = golden.trainer(kernels, memory, settings);
        var first = golden.trainer(kernels, memory, settings)) {
      var halfResult =
          half.step(List.of(new Batch(2, time, golden.batch().inputs(), padded)), plan(0));
      var firstResult = first.step(List.of(golden.row(0)), plan(0));
      assertEquals(firstResult.loss(), halfResult.loss(), 1e-6);
      assertEquals(firstResult.gradientNorm(), halfResult.gradientNorm(), 1e-5);
      assertEquals(time, halfResult.targets());
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadCountChangesNoBit(Method method) {
    var golden = GoldenModel.of("gpt2");
    try (var three = Workers.of(3);
        var alone =
            golden.trainer(Kernels.choose(workers), memory, golden.settings(method, false));
        var team = golden.trainer(Kernels.choose(three), memory, golden.settings(method, false))) {
      for (int step = 0; step < 3; step++) {
        var one = alone.step(List.of(golden.batch()), new StepPlan(step, 0.01, true));
        var other = team.step(List.of(golden.batch()), new StepPlan(step, 0.01, true));
        assertEquals(one, other, "step " + step);
      }
      assertSameWeights(alone, team);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "gemma2"})
  void tenStepsInBfloat16StayNearPyTorchInFloat32(String name) {
    var golden = GoldenModel.of(name);
    var settings = golden.settings(Method.ADAMW, false);
    try (var two = Workers.of(2)) {
      var mixed = Kernels.choose(two, EngineChoice.AUTOMATIC).in(Precision.BFLOAT16);
      assumeTrue(
          mixed.product().isInBfloat16(), () -> "skipped: products by " + mixed.product().engine());
      var mixedAlone = Kernels.choose(workers, EngineChoice.AUTOMATIC).in(Precision.BFLOAT16);
      try (var trainer = golden.trainer(mixed, memory, settings);
          var alone = golden.trainer(mixedAlone, memory, settings)) {
        // At so high a rate this llama is unstable: PyTorch's own losses under autocast part from
        // those in float32 by 4 % at its fourth step and by 16 % at its tenth, as ours do.
        int steps = name.equals("llama") ? 3 : 10;
        for (int step = 0; step < steps; step++) {
          double loss = golden.training().get("losses").get(step).doubleValue();
          var result = trainer.step(List.of(golden.batch()), plan(step));
          // Operands have eight significant bits: the project's bar for ten steps is 2 %.
          assertEquals(loss, result.loss(), 0.02 * loss, "loss of step " + step);
          assertEquals(result, alone.step(List.of(golden.batch()), plan(step)));
        }
        assertSameWeights(trainer, alone);
      }
    }
  }

  private static void assertSameWeights(TrainableModel expected, TrainableModel actual) {
    for (var spec : expected.parameters().specs()) {
      assertArrayEquals(
          expected.parameters().get(spec).value().toArray(),
          actual.parameters().get(spec).value().toArray(),
          spec.name());
    }
  }

  @Test
  void recomputingChangesNoBit() {
    var golden = GoldenModel.of("gemma2");
    try (var keeping = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false));
        var again = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, true))) {
      for (int step = 0; step < 3; step++) {
        assertEquals(
            keeping.step(List.of(golden.batch()), plan(step)),
            again.step(List.of(golden.batch()), plan(step)));
      }
      assertSameWeights(keeping, again);
    }
  }

  @ParameterizedTest
  @EnumSource
  void laterStepsAllocateNoTensors(Method method) {
    var golden = GoldenModel.of("llama");
    try (var trainer = golden.trainer(kernels, memory, golden.settings(method, false))) {
      trainer.step(List.of(golden.batch()), plan(0));
      trainer.evaluate(List.of(golden.batch()));
      long bytes = memory.bytes();
      for (int step = 1; step < 4; step++) {
        trainer.step(List.of(golden.batch()), new StepPlan(step, 0.01, true));
        trainer.evaluate(List.of(golden.batch()));
      }
      assertEquals(bytes, memory.bytes());
    }
  }

  @Test
  void allLengthsTakeLessThanTwiceMemoryOfLongest() {
    var golden = GoldenModel.of("llama");
    try (var trainer = golden.trainer(kernels, memory, golden.settings(Method.SGD, false))) {
      long before = memory.bytes();
      trainer.step(List.of(golden.batch()), plan(0));
      long one = memory.bytes() - before;
      for (int time = 1; time < golden.batch().time(); time++) {
        var all = golden.batch();
        var row = new int[time];
        var targets = new int[time];
        System.arraycopy(all.inputs(), 0, row, 0, time);
        System.arraycopy(all.targets(), 0, targets, 0, time);
        var result = trainer.step(List.of(new Batch(1, time, row, targets)), plan(time));
        assertEquals(time, result.targets());
      }
      long all = memory.bytes() - before;
      assertTrue(all < 2 * one, () -> all + " bytes for all, " + one + " for the longest");
    }
  }

  @Test
  void evaluationMatchesLossOfStep() {
    var golden = GoldenModel.of("qwen3");
    try (var trainer = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false))) {
      var evaluation = trainer.evaluate(List.of(golden.row(0), golden.row(1)));
      var result = trainer.step(List.of(golden.batch()), plan(0));
      assertEquals(result.loss(), evaluation.loss(), 1e-6);
      assertEquals(32, evaluation.tokens());
      assertEquals(Math.exp(evaluation.loss()), evaluation.perplexity());
    }
  }

  @Test
  void updateRatiosMatchFormula() {
    var golden = GoldenModel.of("gpt2");
    try (var trainer = golden.trainer(kernels, memory, golden.settings(Method.SGD, false))) {
      var before = squares(trainer, 1);
      var weights = layer(trainer, 1);
      var result = trainer.step(List.of(golden.batch()), new StepPlan(0, 0.01, true));
      var after = layer(trainer, 1);
      double moved = 0;
      for (int i = 0; i < weights.size(); i++) {
        double difference = (double) after.get(i) - weights.get(i);
        moved += difference * difference;
      }
      assertEquals(golden.config().layers(), result.updateRatios().size());
      assertEquals(Math.sqrt(moved / before), result.updateRatios().get(1), 1e-6);
    }
  }

  private static double squares(TrainableModel trainer, int layer) {
    return layer(trainer, layer).stream().mapToDouble(w -> (double) w * w).sum();
  }

  private static List<Float> layer(TrainableModel trainer, int layer) {
    var values = new ArrayList<Float>();
    for (var spec : trainer.parameters().specs()) {
      if (spec.role().inLayer() && spec.layer() == layer) {
        for (float value : trainer.parameters().get(spec).value().toArray()) {
          values.add(value);
        }
      }
    }
    return values;
  }

  @Test
  void nanLossUpdatesNothing() {
    var golden = GoldenModel.of("llama");
    try (var trainer = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false));
        var untouched = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false))) {
      for (var each : List.of(trainer, untouched)) {
        each.parameters().entries().lastEntry().getValue().value().set(0, Float.NaN);
      }
      var result = trainer.step(List.of(golden.batch()), plan(0));
      assertTrue(result.isDiverged());
      assertSameWeights(untouched, trainer);
    }
  }

  @Test
  void stepWithoutTargetsThrows() {
    var golden = GoldenModel.of("llama");
    var nothing = new Batch(1, 2, new int[2], new int[] {Batch.IGNORED, Batch.IGNORED});
    try (var trainer = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false))) {
      assertThrows(IllegalArgumentException.class, () -> trainer.step(List.of(nothing), plan(0)));
      assertThrows(IllegalArgumentException.class, () -> trainer.evaluate(List.of(nothing)));
    }
  }

  @Test
  void outOfMemoryLeavesNothingOpen() {
    var golden = GoldenModel.of("llama");
    var little = new TensorMemory(100_000);
    assertThrows(
        OutOfTensorMemory.class,
        () -> golden.trainer(kernels, little, golden.settings(Method.ADAMW, false)));
    assertEquals(List.of(), little.openArenas());
    assertEquals(0, little.bytes());
    try (var trainer = golden.trainer(kernels, memory, golden.settings(Method.ADAMW, false))) {
      var none = new TensorMemory(100);
      assertThrows(
          OutOfTensorMemory.class, () -> new LossEvaluator(kernels, none, trainer.decoder()));
      assertEquals(List.of(), none.openArenas());
    }
  }
}

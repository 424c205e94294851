package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.data.Batch;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.plan.MemoryNeed;
import dev.fader.inspect.plan.TrainingShape;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.ModelConfig;
import dev.fader.model.TinyModels;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What the plan of a recipe says against what its trainer takes.
class RecipeMemoryTest {
  private static final Machine MACHINE =
      new Machine("some CPU", 2, 24_000_000_000L, 20_000_000_000L, "/proc/meminfo");

  private static final Recipe.Resources RESOURCES =
      new Recipe.Resources(10_000, 31, MACHINE, new MachineSpeed(1e11, 1e10));

  @ParameterizedTest
  @CsvSource({
    "QWEN3, MUON, false, 0",
    "LLAMA, ADAMW, true, 0",
    "GPT2, SGD, false, 0.1",
    "GPT2, MUON, true, 0.1"
  })
  void thePlanKnowsWhatTheTrainerTakes(
      Architecture architecture, OptimizerConfig.Method method, boolean recompute, double dropout) {
    var choices =
        new RecipeRequest.Choices(
            Optional.of(architecture),
            Optional.empty(),
            Optional.of(method),
            Optional.empty(),
            false,
            recompute,
            false);
    var request =
        RecipeRequest.NONE
            .with(choices)
            .with(Hyperparameter.LAYERS, 3)
            .with(Hyperparameter.WIDTH, 32)
            .with(Hyperparameter.CONTEXT, 13)
            .with(Hyperparameter.BATCH, 7)
            .with(Hyperparameter.DROPOUT, dropout)
            .with(Hyperparameter.STEPS, 3);
    var recipe = Recipe.of(request, RESOURCES);
    var plan = recipe.plan(RESOURCES);
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var trainer =
            new TrainableModel(
                Kernels.scalar(workers), memory, recipe.model(), recipe.training())) {
      trainer.initialize();
      var batch = new Batch(7, 13, new int[7 * 13], new int[7 * 13]);
      for (int step = 0; step < 3; step++) {
        trainer.step(List.of(batch), new StepPlan(step, 1e-3, true));
        trainer.evaluate(List.of(batch));
      }
    }
    assertEquals(memory.peakBytes(), plan.memory().tensors());
    assertEquals(0, memory.bytes());
  }

  /// Every kind of model, with every optimizer.
  static Stream<Arguments> runs() {
    return TinyModels.all().stream()
        .flatMap(model ->
            Stream.of(OptimizerConfig.Method.values())
                .flatMap(method ->
                    Stream.of(false, true)
                        .map(recompute -> Arguments.of(model, method, recompute))));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void memoryMatchesPlanToTheByte(
      ModelConfig model, OptimizerConfig.Method method, boolean recompute) {
    double dropout = recompute ? 0.1 : 0;
    var standard = TinyRun.config(new TrainingBudget.Steps(9), 1e-3, method);
    var config =
        new TrainingConfig(
            new TrainingConfig.Batching(3, 2, 13),
            standard.budget(),
            standard.schedule(),
            standard.optimizer(),
            standard.cadence(),
            dropout,
            1,
            recompute,
            false);
    var shape = new TrainingShape(3, 2, 13, 9, recompute, dropout > 0);
    var need = MemoryNeed.of(model, shape, Recipe.demand(model, method));
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var trainer = new TrainableModel(Kernels.scalar(workers), memory, model, config)) {
      trainer.initialize();
      var batch = new Batch(3, 13, new int[3 * 13], new int[3 * 13]);
      for (int step = 0; step < 2; step++) {
        trainer.step(List.of(batch, batch), new StepPlan(step, 1e-3, true));
        trainer.evaluate(List.of(batch));
      }
    }
    assertEquals(memory.peakBytes(), need.tensors());
  }
}

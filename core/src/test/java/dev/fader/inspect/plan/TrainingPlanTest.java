package dev.fader.inspect.plan;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.inspect.count.Configurations;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import org.junit.jupiter.api.Test;

class TrainingPlanTest {
  private static final MachineSpeed SPEED = new MachineSpeed(1e11, 1e10);

  private static TrainingPlan plan(int batch) {
    var config = Configurations.qwen3(3, 1);
    var shape = new TrainingShape(batch, 2, 13, 100, false, false);
    return TrainingPlan.of(config, shape, OptimizerDemand.adamw(config), SPEED);
  }

  private static Machine machine(long available) {
    return new Machine("some CPU", 2, 2_000_000_000, available, "/proc/meminfo");
  }

  @Test
  void stepCountsAllTokens() {
    var plan = plan(7);
    assertEquals(plan.flops().training() * 7 * 2 * 13, plan.flopsPerStep());
    assertEquals(100 * plan.secondsPerStep(), plan.seconds());
    assertTrue(plan.secondsPerStep() > plan.flopsPerStep() / SPEED.flopsPerSecond());
  }

  @Test
  void evaluationsAreForwardPasses() {
    var plan = plan(7);
    double tokens = plan.shape().tokensPerStep();
    var whole = plan.withEvaluations(tokens, SPEED);
    assertEquals(plan.seconds() + whole.evaluationSeconds(), whole.seconds());
    double ofAStep =
        plan.flopsPerStep()
            / (SPEED.flopsPerSecond() * TrainingPlan.utilization(plan.model().width()));
    assertEquals(ofAStep / 3, whole.evaluationSeconds(), 1e-9 * ofAStep);
  }

  @Test
  void runThatFitsIsAccepted() {
    var plan = plan(7);
    assertDoesNotThrow(() -> plan.requireMemory(machine(plan.memory().total())));
  }

  @Test
  void tooLargeActivationsSuggestSmallerBatch() {
    var plan = plan(1000);
    var refusal =
        assertThrows(InsufficientMemory.class, () -> plan.requireMemory(machine(300_000_000)));
    assertEquals(
        "training needs %s of memory and 300.0 MB of 2.0 GB is available (/proc/meminfo): halve `batch`"
                .formatted(TrainingPlan.bytes(plan.memory().total()))
            + " 1000 and double `accumulate` 2, or shorten `context` (%s of it is for activations)"
                .formatted(TrainingPlan.bytes(plan.memory().activations())),
        refusal.getMessage());
  }

  @Test
  void tooLargeModelSuggestsSmaller() {
    var plan = plan(1);
    var refusal = assertThrows(InsufficientMemory.class, () -> plan.requireMemory(machine(1)));
    assertTrue(
        refusal.getMessage().contains("choose a smaller model")
            && !refusal.getMessage().contains("\n"),
        refusal.getMessage());
  }

  @Test
  void overflowIsInsufficientMemory() {
    var config = Configurations.gpt2();
    var shape = new TrainingShape(Integer.MAX_VALUE, 1, Integer.MAX_VALUE, 1, false, false);
    assertEquals(
        "training needs more memory than can be counted: choose a smaller model, `batch` or"
            + " `context`",
        assertThrows(
                InsufficientMemory.class,
                () -> MemoryNeed.of(config, shape, OptimizerDemand.adamw(config)))
            .getMessage());
  }

  @Test
  void formattedNumbersIgnoreLocale() {
    assertAll(
        () -> assertEquals("0 B", TrainingPlan.bytes(0)),
        () -> assertEquals("999 B", TrainingPlan.bytes(999)),
        () -> assertEquals("1.0 kB", TrainingPlan.bytes(1000)),
        () -> assertEquals("1.0 MB", TrainingPlan.bytes(999_960)),
        () -> assertEquals("15.2 TFLOP", TrainingPlan.scaled(15.24e12, "FLOP")));
  }
}

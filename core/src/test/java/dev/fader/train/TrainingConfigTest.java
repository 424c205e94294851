package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TrainingConfigTest {
  private static void assertRefused(String message, Executable settings) {
    assertEquals(message, assertThrows(TrainingException.class, settings).getMessage());
  }

  @Test
  void valuesOutOfRangeAreNamedWithRemedy() {
    assertRefused(
        "batch is 0, and must be at least 1: choose a larger one",
        () -> new TrainingConfig.Batching(0, 1, 8));
    assertRefused(
        "batch 1000000 of 1000000 tokens is more than can be counted: choose a smaller batch",
        () -> new TrainingConfig.Batching(1_000_000, 1, 1_000_000));
    assertRefused(
        "steps is 0, and must be at least 1: choose a larger one",
        () -> new TrainingBudget.Steps(0));
    assertRefused(
        "minutes is NaN, and must be a number above 0: try 3",
        () -> new TrainingBudget.Minutes(Double.NaN));
    assertRefused("beta2 is 1.0, and must be at least 0 and below 1: try 0.95", () -> beta2(1));
    assertRefused(
        "dropout is 1.0, and must be at least 0 and below 1: try 0.1, or 0 for none",
        () -> config(1, 0, 10));
    assertRefused(
        "warmup 10 leaves nothing of 10 steps: choose fewer than 10", () -> config(0, 10, 10));
  }

  private static void beta2(double value) {
    new OptimizerConfig(OptimizerConfig.Method.ADAMW, 0.9, value, 1e-8, 0.9, 0, false, 1);
  }

  private static void config(double dropout, long warmup, long steps) {
    new TrainingConfig(
        new TrainingConfig.Batching(1, 1, 8),
        new TrainingBudget.Steps(steps),
        new Schedule(Schedule.Shape.COSINE, 1e-3, 0, warmup),
        OptimizerConfig.adamw(),
        TrainingConfig.Cadence.standard(),
        dropout,
        0,
        false,
        false);
  }
}

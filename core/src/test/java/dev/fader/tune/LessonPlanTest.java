package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.Turns;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LessonPlanTest {
  private static final int CONTEXT = 1024;

  private static LessonPlan plan() {
    var config =
        new TrainingConfig(
            new TrainingConfig.Batching(2, 1, CONTEXT),
            new TrainingBudget.Steps(1),
            new Schedule(Schedule.Shape.CONSTANT, 1e-3, 0, 0),
            OptimizerConfig.adamw(),
            new TrainingConfig.Cadence(0, 1, 0, 2, 10), // 4 windows an evaluation
            0,
            1,
            false,
            false);
    return new LessonPlan(config, false, Turns.alone(config.batching().accumulate()));
  }

  private static List<Integer> examples(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  @Test
  void allAreThereIfTheyAreFew() {
    assertEquals(List.of(List.of(0, 1), List.of(2)), plan().groups(examples(3)));
  }

  /// Held-out texts are sorted by their labels: the first of them would have the first label alone.
  @Test
  void someOfManyAreFromAllOfThem() {
    assertEquals(List.of(List.of(0, 25), List.of(50, 75)), plan().groups(examples(100)));
    assertEquals(List.of(List.of(0, 1), List.of(3, 5)), plan().groups(examples(7)));
  }
}

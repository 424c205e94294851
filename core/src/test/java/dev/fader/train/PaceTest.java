package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static Pace pace(TrainingBudget budget) {
    return new Pace(budget, 100, 1000, OptionalLong.empty());
  }

  @Test
  void stepBudgetsIgnoreTime() {
    assertEquals(7, pace(new TrainingBudget.Steps(7)).horizonOrLong());
    assertEquals(3, pace(new TrainingBudget.Tokens(201)).horizonOrLong());
    assertEquals(25, pace(new TrainingBudget.Epochs(2.5)).horizonOrLong());
    var pace = pace(new TrainingBudget.Steps(40));
    pace.update(10, 1e9);
    assertEquals(40, pace.horizonOrLong());
    assertEquals(5, pace.part(10, 1e9));
    assertFalse(pace.isOver(39, 1e9));
    assertTrue(pace.isOver(40, 0));
  }

  @Test
  void timeBudgetUsesRecentSpeed() {
    var pace = pace(new TrainingBudget.Minutes(1));
    pace.start(0, 0);
    for (int step = 1; step <= 3; step++) {
      pace.update(step, 2 * step); // compiling
      assertEquals(OptionalLong.empty(), pace.horizon());
    }
    for (int step = 4; step <= 27; step++) {
      pace.update(step, 6 + (step - 3) / 4.0); // four steps a second
    }
    assertEquals(OptionalLong.of(27 + 4 * 48), pace.horizon());
    for (int step = 28; step <= 60; step++) {
      pace.update(step, 12 + (step - 27)); // now one a second
    }
    assertEquals(OptionalLong.of(60 + 15), pace.horizon());
    assertFalse(pace.isOver(200, 59.9));
    assertTrue(pace.isOver(1, 60));
  }

  @Test
  void resumedTimeBudgetKeepsHorizonUntilMeasured() {
    var pace = new Pace(new TrainingBudget.Minutes(1), 100, 1000, OptionalLong.of(90));
    pace.start(30, 20);
    pace.update(31, 40);
    assertEquals(OptionalLong.of(90), pace.horizon());
    for (int step = 32; step <= 43; step++) {
      pace.update(step, 40 + (step - 33));
    }
    assertEquals(OptionalLong.of(43 + 10), pace.horizon());
  }

  @Test
  void timeIsReservedForLastEvaluation() {
    var pace = pace(new TrainingBudget.Minutes(1));
    pace.start(0, 0);
    pace.interrupted(0, 4);
    pace.interrupted(10, 12);
    for (int step = 1; step <= 23; step++) {
      pace.update(step, 12 + step);
    }
    assertEquals(OptionalLong.of(23 + 23), pace.horizon());
    assertFalse(pace.isOver(46, 57.9));
    assertTrue(pace.isOver(46, 58));
  }

  @Test
  void evaluationsTakeTenthOfTimeAtMost() {
    var pace = pace(new TrainingBudget.Minutes(1));
    pace.start(0, 0);
    assertTrue(pace.affordsInterruption(0.1));
    pace.interrupted(1, 2);
    assertFalse(pace.affordsInterruption(11.9));
    assertTrue(pace.affordsInterruption(12));
    assertTrue(pace(new TrainingBudget.Steps(10)).affordsInterruption(0));
  }
}

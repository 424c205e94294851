package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static Pace pace(Budget budget) {
    return new Pace(budget, 100, 1000, OptionalLong.empty());
  }

  @Test
  void stepsTokensAndEpochsAreStepsWhateverTheTime() {
    assertEquals(7, pace(new Budget.Steps(7)).horizonOrLong());
    assertEquals(3, pace(new Budget.Tokens(201)).horizonOrLong());
    assertEquals(25, pace(new Budget.Epochs(2.5)).horizonOrLong());
    var pace = pace(new Budget.Steps(40));
    pace.update(10, 1e9);
    assertEquals(40, pace.horizonOrLong());
    assertEquals(5, pace.part(10, 1e9));
    assertFalse(pace.isOver(39, 1e9));
    assertTrue(pace.isOver(40, 0));
  }

  @Test
  void timeIsTurnedIntoStepsByTheMeasuredSpeed() {
    var pace = pace(new Budget.Minutes(1));
    pace.start(0, 0);
    pace.update(3, 3);
    assertEquals(OptionalLong.empty(), pace.horizon());
    pace.update(5, 5); // one step a second
    assertEquals(OptionalLong.of(60), pace.horizon());
    pace.update(15, 10); // now two a second
    assertEquals(OptionalLong.of(115), pace.horizon());
    assertFalse(pace.isOver(200, 59.9));
    assertTrue(pace.isOver(1, 60));
  }

  @Test
  void timeIsKeptForWhatFollowsTheLastStep() {
    var pace = pace(new Budget.Minutes(1));
    pace.start(0, 0);
    pace.reserve(4);
    pace.reserve(2);
    pace.update(10, 10);
    assertEquals(OptionalLong.of(56), pace.horizon());
    assertTrue(pace.isOver(56, 56));
  }
}

package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduleTest {
  private static final double EXACT = 1e-15;

  @ParameterizedTest(name = "{0} after {1} of 100 steps: {2}")
  @CsvSource({
    "COSINE, 0, 1.0",
    "COSINE, 50, 0.55",
    "COSINE, 100, 0.1",
    "COSINE, 200, 0.1",
    "LINEAR, 0, 1.0",
    "LINEAR, 50, 0.55",
    "LINEAR, 100, 0.1",
    "CONSTANT, 0, 1.0",
    "CONSTANT, 99, 1.0",
    "WSD, 0, 1.0",
    "WSD, 80, 1.0",
    "WSD, 85, 0.55",
    "WSD, 100, 0.1"
  })
  void rateFollowsShape(Schedule.Shape shape, long step, double expected) {
    assertEquals(expected, new Schedule(shape, 1, 0.1, 0).at(step, 100), EXACT);
  }

  @ParameterizedTest
  @EnumSource
  void warmupRisesInEqualSteps(Schedule.Shape shape) {
    var schedule = new Schedule(shape, 0.5, 0, 4);
    for (int step = 0; step < 4; step++) {
      assertEquals(0.1 * (step + 1), schedule.at(step, 1000), EXACT, "step " + step);
    }
    assertEquals(0.5, schedule.at(4, 1000), EXACT);
  }

  @Test
  void warmupOfShortRunTakesAtMostHalf() {
    assertEquals(1, new Schedule(Schedule.Shape.LINEAR, 1, 0, 100).at(5, 10), EXACT);
  }

  @Test
  void unknownLengthIsNeverDecayed() {
    var schedule = new Schedule(Schedule.Shape.COSINE, 1, 0, 10);
    assertEquals(1, schedule.at(1000, Long.MAX_VALUE), 1e-9);
    assertTrue(schedule.at(3, Long.MAX_VALUE) < 0.5);
  }

  @Test
  void invalidRatesThrow() {
    assertEquals(
        "learning rate is -1.0, and must be a number above 0: try 0.001",
        assertThrows(TrainingException.class, () -> new Schedule(Schedule.Shape.COSINE, -1, 0, 0))
            .getMessage());
    assertEquals(
        "smallest learning rate 0.2 is above the learning rate 0.1: choose at most that",
        assertThrows(
                TrainingException.class, () -> new Schedule(Schedule.Shape.COSINE, 0.1, 0.2, 0))
            .getMessage());
  }
}

package dev.fader.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ForwardPassesTest {
  private static final SchedulerLimits LIMITS =
      new SchedulerLimits(8, 200, 64, Duration.ofMillis(1000));

  @Test
  void takesWhatThoseWhoWriteMayWaitFor() {
    assertEquals(100, ForwardPasses.room(LIMITS, 3, 3, 0.01));
    assertEquals(200, ForwardPasses.room(LIMITS, 4, 3, 0.01), "more wait than write");
  }

  @Test
  void takesAPieceHoweverLongItTakes() {
    assertEquals(64, ForwardPasses.room(LIMITS, 7, 1, 10));
    assertEquals(17, ForwardPasses.room(new SchedulerLimits(8, 9, 17), 7, 1, 1e-9));
  }

  @Test
  void takesNoMoreThanAPassHolds() {
    assertEquals(256, ForwardPasses.room(LIMITS, 1, 7, 1e-9));
    assertEquals(256, ForwardPasses.room(LIMITS, 1, 0, 10), "nobody waits for a token");
  }
}

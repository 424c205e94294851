package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.train.Waiting.Slow;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WaitingTest {
  private static Optional<Slow> slow(Double... seconds) {
    return new Waiting(List.of(seconds), 8).slow(0.125);
  }

  @Test
  void theRankThatWaitsLeastIsWaitedFor() {
    assertEquals(Optional.of(new Slow(1, 0.25)), slow(3.0, 1.0));
    assertEquals(Optional.of(new Slow(0, 0.25)), slow(1.0, 3.0, 4.0));
    assertEquals(Optional.of(new Slow(2, 0.5)), slow(4.0, 4.5, 0.0, 4.0));
  }

  /// All wait for a network; one that is early waits for nobody in particular.
  @Test
  void nobodyIsNamedWhereMostWaitAlike() {
    assertEquals(Optional.empty(), slow());
    assertEquals(Optional.empty(), slow(3.0));
    assertEquals(Optional.empty(), slow(7.0, 7.0));
    assertEquals(Optional.empty(), slow(2.0, 1.0));
    assertEquals(Optional.empty(), slow(0.0, 4.0, 0.5));
  }

  @Test
  void stepsAddUp() {
    var one = new Waiting(List.of(0.5, 0.0), 2);
    var two = new Waiting(List.of(0.25, 1.0), 4);
    assertEquals(new Waiting(List.of(0.75, 1.0), 6), Waiting.NONE.plus(one).plus(two));
    assertEquals(one, one.plus(Waiting.NONE));
  }
}

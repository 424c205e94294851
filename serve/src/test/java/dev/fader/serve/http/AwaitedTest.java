package dev.fader.serve.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AwaitedTest {
  private static final Duration LONG = Duration.ofSeconds(30); // never waited for

  @Test
  void isInterruptedAtItsDeadline() {
    try (var awaited = new Awaited()) {
      awaited.until(Instant.now().plusMillis(5));
      assertThrows(InterruptedException.class, () -> Thread.sleep(LONG));
      assertTrue(awaited.isInterrupted());
    }
  }

  @Test
  void takesItsInterruptWithIt() {
    try (var awaited = new Awaited()) {
      awaited.interrupt();
    }
    assertFalse(Thread.currentThread().isInterrupted());
  }

  @Test
  void leavesWhatComesLaterAlone() throws InterruptedException {
    var awaited = new Awaited();
    awaited.until(Instant.now().plusMillis(5));
    awaited.close();
    awaited.interrupt();
    Thread.sleep(10);
    assertFalse(awaited.isInterrupted());
    assertFalse(Thread.currentThread().isInterrupted());
  }
}

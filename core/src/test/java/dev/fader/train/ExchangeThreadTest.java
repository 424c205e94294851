package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.collective.Collective;
import dev.fader.collective.CollectiveException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ExchangeThreadTest {
  private static ExchangeThread thread() {
    return new ExchangeThread(Collective.alone(), new WaitingClock());
  }

  @Test
  void exchangesAreDoneInTheirOrderAndWaitedFor() {
    var done = new ArrayList<Integer>();
    try (var thread = thread()) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        thread.begin(() -> done.add(number));
      }
      thread.await();
      assertFalse(thread.isBusy());
      assertEquals(100, done.size());
      for (int i = 0; i < 100; i++) {
        assertEquals(i, done.get(i));
      }
    }
  }

  /// Whatever it fails by: the ranks no longer meet in the same exchanges.
  @Test
  void nothingIsExchangedAfterAFailure() {
    var grave = new OutOfMemoryError("planted");
    var wrong = new IllegalArgumentException("planted");
    var broken = new CollectiveException("rank 1 has gone");
    for (var failure : List.<Throwable>of(grave, wrong, broken)) {
      var later = new ArrayList<String>();
      try (var thread = thread()) {
        thread.begin(() -> fail(failure));
        thread.begin(() -> later.add("exchanged"));
        if (failure == grave) {
          assertSame(grave, assertThrows(OutOfMemoryError.class, thread::await));
        } else if (failure == wrong) {
          assertSame(wrong, assertThrows(IllegalStateException.class, thread::await).getCause());
        } else {
          var told = assertThrows(CollectiveException.class, thread::await);
          assertEquals("rank 1 has gone", told.getMessage());
        }
        assertThrows(Throwable.class, thread::await); // again
      }
      assertEquals(List.of(), later);
    }
  }

  private static void fail(Throwable failure) {
    switch (failure) {
      case RuntimeException wrong -> throw wrong;
      case Error grave -> throw grave;
      default -> throw new IllegalStateException(failure);
    }
  }

  @Test
  void turnsWaitForWhatWasBegun() {
    var go = new CountDownLatch(1);
    try (var thread = thread()) {
      thread.begin(() -> {
        try {
          go.await();
        } catch (InterruptedException stopped) {
          throw new IllegalStateException(stopped);
        }
      });
      assertTrue(thread.isBusy());
      go.countDown();
      try (var _ = thread.turn()) {
        assertFalse(thread.isBusy());
      }
    }
  }
}

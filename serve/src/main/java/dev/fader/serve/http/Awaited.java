package dev.fader.serve.http;

import java.time.Duration;
import java.time.Instant;

/// Work of a thread that is interrupted once nobody waits for it any more.
final class Awaited implements AutoCloseable {
  private final Thread worker = Thread.currentThread();
  private boolean over; // guarded by this, as is what follows
  private boolean interrupted;

  /// Begins, on this thread.
  Awaited() {}

  /// Interrupts it when some time has come, unless it is over by then.
  void until(Instant deadline) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            synchronized (this) {
              for (long left = left(deadline); left > 0 && !over; left = left(deadline)) {
                wait(left);
              }
            }
            interrupt();
          } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static long left(Instant deadline) {
    return Duration.between(Instant.now(), deadline).toMillis() + 1;
  }

  /// Interrupts it, unless it is over.
  synchronized void interrupt() {
    if (!over) {
      interrupted = true;
      worker.interrupt();
    }
  }

  synchronized boolean isInterrupted() {
    return interrupted;
  }

  /// Ends it: what the thread does next is not interrupted on its account.
  @Override
  public synchronized void close() {
    over = true;
    notifyAll();
    if (interrupted) {
      Thread.interrupted();
    }
  }
}

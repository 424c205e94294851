package dev.fader.train;

import java.util.function.LongSupplier;

/// How long a rank has waited in its steps. For use by one thread.
final class WaitingClock {
  private final LongSupplier nanoTime;
  private boolean runs;
  private long since;
  private long elapsed;
  private long waited;

  /// What was measured, in nanoseconds.
  ///
  /// @param of steps
  record Reading(long waited, long of) {}

  WaitingClock() {
    this(System::nanoTime);
  }

  /// @param nanoTime as [System#nanoTime()]
  WaitingClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// A step begins.
  void start() {
    runs = true;
    since = nanoTime.getAsLong();
  }

  /// A step is over. What is waited for until the next one, is not for it.
  void stop() {
    elapsed += nanoTime.getAsLong() - since;
    runs = false;
  }

  void add(long nanoseconds) {
    waited += runs ? nanoseconds : 0;
  }

  /// Counts what `exchange` takes.
  void count(Runnable exchange) {
    long from = nanoTime.getAsLong();
    exchange.run();
    add(nanoTime.getAsLong() - from);
  }

  /// In a step: what was measured since this was asked last.
  Reading take() {
    long now = nanoTime.getAsLong();
    var reading = new Reading(waited, elapsed + now - since);
    since = now;
    elapsed = 0;
    waited = 0;
    return reading;
  }
}

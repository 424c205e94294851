package dev.fader.train;

/// How long a rank has waited in its steps. For use by one thread.
final class WaitingClock {
  private boolean runs;
  private long since;
  private long elapsed;
  private long waited;

  /// What was measured, in nanoseconds.
  ///
  /// @param of steps
  record Reading(long waited, long of) {}

  /// A step begins.
  void start() {
    runs = true;
    since = System.nanoTime();
  }

  /// A step is over. What is waited for until the next one, is not for it.
  void stop() {
    elapsed += System.nanoTime() - since;
    runs = false;
  }

  void add(long nanoseconds) {
    waited += runs ? nanoseconds : 0;
  }

  /// In a step: what was measured since this was asked last.
  Reading take() {
    long now = System.nanoTime();
    var reading = new Reading(waited, elapsed + now - since);
    since = now;
    elapsed = 0;
    waited = 0;
    return reading;
  }
}

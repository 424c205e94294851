package dev.fader.mpi;

import java.time.Duration;

/// How long a rank waits for others before it ends the group. The time in which its own machine
/// sleeps, or its own process is stopped, does not count.
///
/// @param silence of a rank that is not heard of, not even by the thread that does nothing else
/// @param waiting for a rank that is heard of, and does not come to where this one waits
public record Patience(Duration silence, Duration waiting) {
  /// Twenty seconds, and ten minutes.
  public static final Patience USUAL = new Patience(Duration.ofSeconds(20), Duration.ofMinutes(10));
}

package dev.fader.mpi;

import dev.fader.collective.CollectiveException;
import java.time.Duration;
import java.util.Optional;

/// How long a rank waits for others before it ends the group. The time in which its own machine
/// sleeps, or its own process is stopped, does not count.
///
/// @param silence of a rank that is not heard of, not even by the thread that does nothing else
/// @param waiting for a rank that is heard of, and does not come to where this one waits
public record Patience(Duration silence, Duration waiting) {
  /// Names the property that says how many minutes ranks wait for one that is heard of.
  public static final String PROPERTY = "fader.mpi.patience";

  /// Twenty seconds, and two hours: as long as one rank may prepare text or write a checkpoint
  /// while the others wait.
  public static final Patience USUAL = new Patience(Duration.ofSeconds(20), Duration.ofHours(2));

  /// The usual one, but for what the property says.
  ///
  /// @throws CollectiveException if that is no number of minutes
  public static Patience ofProperty() {
    return Optional.ofNullable(System.getProperty(PROPERTY)).map(Patience::of).orElse(USUAL);
  }

  static Patience of(String minutes) {
    try {
      long count = Long.parseLong(minutes);
      if (count > 0) {
        return new Patience(USUAL.silence, Duration.ofMinutes(count));
      }
    } catch (ArithmeticException | NumberFormatException none) {
      // told below
    }
    throw new CollectiveException(
        "-D%s=%s is no number of minutes: give one such as 60".formatted(PROPERTY, minutes));
  }
}

package dev.fader.serve.model;

import dev.fader.ModelOptions;
import dev.fader.schedule.SchedulerLimits;
import java.time.Duration;
import java.util.Optional;

/// How models are opened, and when they are closed.
///
/// @param opening threads, memory and the like of each
/// @param scheduling how many requests each takes on
/// @param most models that are open at a time
/// @param idle after which a model that nobody asks for is closed, if it is
/// @param opened how long a request waits for its model to be open
public record ModelPolicy(
    ModelOptions opening,
    SchedulerLimits scheduling,
    int most,
    Optional<Duration> idle,
    Duration opened) {
  private static final int MOST = 4;

  /// @throws IllegalArgumentException if a number is out of range
  public ModelPolicy {
    if (most < 1 || most > 1000) {
      throw new IllegalArgumentException(
          "`most` is %d, and must be from 1 to 1000".formatted(most));
    }
    if (idle.isPresent() && idle.get().toMillis() < 1) {
      throw new IllegalArgumentException(
          "`idle` is %s, and must be positive".formatted(idle.get()));
    }
  }

  /// All cores and all memory; four models at a time, which stay open.
  public static ModelPolicy usual() {
    return new ModelPolicy(
        ModelOptions.defaults(),
        SchedulerLimits.DEFAULTS,
        MOST,
        Optional.empty(),
        Duration.ofMinutes(5));
  }
}

package dev.fader.serve.model;

import dev.fader.GenerationOptions;
import dev.fader.ModelOptions;
import dev.fader.schedule.SchedulerLimits;
import java.time.Duration;
import java.util.Optional;

/// How models are opened, and when they are closed.
///
/// @param usual how texts are written where a request does not say it; its context limits that of
///   all requests, if it is not 0
/// @param opening threads, memory and the like of each
/// @param scheduling how many requests each takes on
/// @param most models that are open at a time
/// @param idle after which a model that nobody asks for is closed, if it is
/// @param opened how long a request waits for its model to be open
public record ModelPolicy(
    GenerationOptions usual,
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
  public static ModelPolicy defaults() {
    return new ModelPolicy(
        GenerationOptions.OF_ANSWER,
        ModelOptions.defaults(),
        SchedulerLimits.DEFAULTS,
        MOST,
        Optional.empty(),
        Duration.ofMinutes(5));
  }

  /// The same with texts written otherwise where a request does not say it.
  public ModelPolicy withUsual(GenerationOptions other) {
    return new ModelPolicy(other, opening, scheduling, most, idle, opened);
  }

  /// The same with models opened otherwise.
  public ModelPolicy withOpening(ModelOptions other) {
    return new ModelPolicy(usual, other, scheduling, most, idle, opened);
  }

  /// The same with other limits of each model.
  public ModelPolicy withScheduling(SchedulerLimits other) {
    return new ModelPolicy(usual, opening, other, most, idle, opened);
  }

  /// The same with another number of models, and another time after which they are closed.
  public ModelPolicy withMost(int otherMost, Optional<Duration> otherIdle) {
    return new ModelPolicy(usual, opening, scheduling, otherMost, otherIdle, opened);
  }
}

package dev.fader.schedule;

import java.time.Duration;

/// How much a scheduler takes on.
///
/// @param running texts that are read and written at a time, from 1 to 64
/// @param waiting requests that may wait beside them
/// @param promptRows tokens of prompts in a forward pass while others are writing, at least 17
/// @param pause what those others may wait for their next token so that a pass takes more of a
///   prompt, up to 256 tokens, which is read faster in long pieces: by what it took before, and
///   twice as long while more texts wait for their first token than are written
public record SchedulerLimits(int running, int waiting, int promptRows, Duration pause) {
  /// Tokens that a forward pass takes row by row.
  static final int MOST_RUNNING = 64;

  /// Fewer rows would be computed as if each was alone.
  static final int LEAST_ROWS = 17;

  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /// Eight texts at a time, 200 that wait, prompts in pieces of 64 tokens, or of what takes a
  /// second.
  public static final SchedulerLimits DEFAULTS =
      new SchedulerLimits(8, 200, 64, Duration.ofSeconds(1));

  /// With pieces of `promptRows` tokens, however fast they are read.
  ///
  /// @throws IllegalArgumentException if a number is out of range
  public SchedulerLimits(int running, int waiting, int promptRows) {
    this(running, waiting, promptRows, Duration.ZERO);
  }

  /// @throws IllegalArgumentException if a number is out of range
  public SchedulerLimits {
    require("running", running, 1, MOST_RUNNING);
    require("waiting", waiting, 0, 1_000_000);
    require("promptRows", promptRows, LEAST_ROWS, ForwardPasses.MOST_ROWS);
    if (pause.isNegative() || pause.compareTo(LONGEST_PAUSE) > 0) {
      throw new IllegalArgumentException(
          "`pause` is %s, and must be from 0 to an hour".formatted(pause));
    }
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "`%s` is %d, and must be from %d to %d".formatted(name, value, least, most));
    }
  }
}

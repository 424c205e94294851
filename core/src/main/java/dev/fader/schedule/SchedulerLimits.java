package dev.fader.schedule;

/// How much a scheduler takes on.
///
/// @param running texts that are read and written at a time, from 1 to 64
/// @param waiting requests that may wait beside them
/// @param promptRows tokens of prompts in a forward pass while others are writing: what they wait
///   for between two tokens, at least 17
public record SchedulerLimits(int running, int waiting, int promptRows) {
  /// Tokens that a forward pass takes row by row.
  static final int MOST_RUNNING = 64;

  /// Fewer rows would be computed as if each was alone.
  static final int LEAST_ROWS = 17;

  /// Eight texts at a time, 200 that wait, prompts in pieces of 64 tokens.
  public static final SchedulerLimits DEFAULTS = new SchedulerLimits(8, 200, 64);

  /// @throws IllegalArgumentException if a number is out of range
  public SchedulerLimits {
    require("running", running, 1, MOST_RUNNING);
    require("waiting", waiting, 0, 1_000_000);
    require("promptRows", promptRows, LEAST_ROWS, 256);
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "`%s` is %d, and must be from %d to %d".formatted(name, value, least, most));
    }
  }
}

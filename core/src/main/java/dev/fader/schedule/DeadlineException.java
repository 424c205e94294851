package dev.fader.schedule;

import java.time.Instant;

/// A request was not done by its deadline.
public final class DeadlineException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DeadlineException(Instant deadline, int written) {
    super(
        "the deadline %s has passed, with %d tokens written: give more time, or ask for fewer tokens"
            .formatted(deadline, written));
  }
}

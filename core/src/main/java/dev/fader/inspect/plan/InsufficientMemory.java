package dev.fader.inspect.plan;

import java.io.Serial;

/// The machine has too little memory for a run. The message is one line with the numbers and what
/// to do.
public final class InsufficientMemory extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  InsufficientMemory(String message) {
    super(message);
  }
}

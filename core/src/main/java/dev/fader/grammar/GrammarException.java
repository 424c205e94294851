package dev.fader.grammar;

import java.io.Serial;

/// An invalid or unsupported grammar or JSON Schema, or one that exceeds a limit. The message is
/// one line: where, what is wrong, what to do.
public final class GrammarException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  public GrammarException(String message) {
    super(message);
  }
}

package dev.fader.grammar;

import java.io.Serial;

/// A grammar or a JSON Schema that is wrong, asks for what a grammar cannot hold, or asks for more
/// work than it may. The message is one line: where, what is wrong, what to do.
public final class GrammarException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  public GrammarException(String message) {
    super(message);
  }
}

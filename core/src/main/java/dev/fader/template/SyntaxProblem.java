package dev.fader.template;

import java.io.Serial;

/// A source that is no Jinja, and in which line.
final class SyntaxProblem extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int line;

  SyntaxProblem(String message, int line) {
    super(message, null, false, false);
    this.line = line;
  }

  int line() {
    return line;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}

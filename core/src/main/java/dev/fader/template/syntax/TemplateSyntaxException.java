package dev.fader.template.syntax;

import java.io.Serial;

/// A syntax error and its line.
public final class TemplateSyntaxException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int line;

  TemplateSyntaxException(String message, int line) {
    super(message, null, false, false);
    this.line = line;
  }

  public int line() {
    return line;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}

package dev.fader.template;

import java.io.Serial;

/// An invalid template, a failed operation, or an exceeded limit. The message is one line: the
/// template, the line in it, what is wrong and what to do.
public sealed class TemplateException extends RuntimeException permits RaisedException {
  @Serial private static final long serialVersionUID = 1L;

  private final int line;

  TemplateException(String message, int line) {
    super(message);
    this.line = line;
  }

  /// The line of the template, counted from 1.
  public int line() {
    return line;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}

package dev.fader.template;

import java.io.Serial;

/// What is wrong, before it is known where: [Template] adds its name and the line.
final class Problem extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final boolean raised;

  private Problem(String message, boolean raised) {
    super(message, null, false, false);
    this.raised = raised;
  }

  Problem(String message) {
    this(message, false);
  }

  /// The template's own `raise_exception`.
  static Problem raised(String text) {
    return new Problem(text, true);
  }

  boolean isRaised() {
    return raised;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}

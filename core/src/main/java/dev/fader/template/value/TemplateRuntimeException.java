package dev.fader.template.value;

import java.io.Serial;

/// An error without its location: `Template` adds its name and the line.
public final class TemplateRuntimeException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final boolean raised;

  private TemplateRuntimeException(String message, boolean raised) {
    super(message, null, false, false);
    this.raised = raised;
  }

  public TemplateRuntimeException(String message) {
    this(message, false);
  }

  /// Raised by the template's `raise_exception`.
  public static TemplateRuntimeException raised(String text) {
    return new TemplateRuntimeException(text, true);
  }

  public boolean isRaised() {
    return raised;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}

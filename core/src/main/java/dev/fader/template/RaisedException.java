package dev.fader.template;

import java.io.Serial;

/// An error that the template itself raised with `raise_exception`, usually because the model does
/// not support such a conversation.
public final class RaisedException extends TemplateException {
  @Serial private static final long serialVersionUID = 1L;

  private final String text;

  RaisedException(String message, int line, String text) {
    super(message, line);
    this.text = text;
  }

  /// The template's message.
  public String text() {
    return text;
  }
}

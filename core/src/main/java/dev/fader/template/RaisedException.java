package dev.fader.template;

import java.io.Serial;

/// What a template itself said was wrong, by `raise_exception`: mostly that a model knows no such
/// conversation.
public final class RaisedException extends TemplateException {
  @Serial private static final long serialVersionUID = 1L;

  private final String text;

  RaisedException(String message, int line, String text) {
    super(message, line);
    this.text = text;
  }

  /// The template's own words.
  public String text() {
    return text;
  }
}

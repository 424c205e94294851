package dev.fader.answer;

/// A model cannot be asked so. The message begins with the field that is wrong.
public final class AnswerRequestException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String field;

  AnswerRequestException(String field, String problem) {
    super(field + ": " + problem);
    this.field = field;
  }

  AnswerRequestException(String field, Exception cause) {
    super(field + ": " + cause.getMessage(), cause);
    this.field = field;
  }

  /// The field that is wrong, such as `tools[0].function.name`.
  public String field() {
    return field;
  }
}

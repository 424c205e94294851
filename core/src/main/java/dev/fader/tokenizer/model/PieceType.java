package dev.fader.tokenizer.model;

/// The kinds of piece of SentencePiece and GGUF, whose numbers agree.
public enum PieceType {
  NORMAL(1),
  UNKNOWN(2),
  CONTROL(3),
  USER_DEFINED(4),
  UNUSED(5),
  BYTE(6);

  private final int number;

  PieceType(int number) {
    this.number = number;
  }

  /// The type of this number; any number that is not known counts as [#NORMAL].
  public static PieceType of(int number) {
    for (PieceType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    return NORMAL;
  }

  public int number() {
    return number;
  }

  /// Whether it is found in text before anything else.
  public boolean isAdded() {
    return this == CONTROL || this == USER_DEFINED || this == UNKNOWN;
  }

  /// Whether it is left alone in the text of users.
  public boolean isSpecial() {
    return this == CONTROL || this == UNKNOWN;
  }
}

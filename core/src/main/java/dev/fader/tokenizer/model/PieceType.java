package dev.fader.tokenizer.model;

/// The piece types of SentencePiece and GGUF, whose numbers agree.
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

  /// The type of this number; unknown numbers count as [#NORMAL].
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

  /// Whether it is matched in text before anything else.
  public boolean isAdded() {
    return this == CONTROL || this == USER_DEFINED || this == UNKNOWN;
  }

  /// Whether it is not recognized in user text.
  public boolean isSpecial() {
    return this == CONTROL || this == UNKNOWN;
  }
}

package dev.fader.tokenizer.pattern;

/// The character classes that split patterns distinguish: `\p{L}`, `\p{N}`, `[\r\n]`, the rest of
/// `\s`, and everything else.
public final class CharacterKind {
  public static final byte OTHER = 0;
  public static final byte LETTER = 1;
  public static final byte NUMBER = 2;
  public static final byte SPACE = 3;
  public static final byte NEWLINE = 4;

  private static final byte[] ASCII = new byte[128];

  static {
    for (int character = 0; character < ASCII.length; character++) {
      ASCII[character] = of(character);
    }
  }

  private CharacterKind() {}

  /// The class of the code point at `at`.
  public static byte at(byte[] text, int at) {
    int first = text[at];
    return first >= 0 ? ASCII[first] : of(Utf8.codePoint(text, at));
  }

  public static boolean isSpace(byte kind) {
    return kind >= SPACE;
  }

  /// The class of a code point.
  public static byte of(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          SPACE;
      default -> ofControl(codePoint);
    };
  }

  /// The control characters among Unicode's `White_Space`.
  private static byte ofControl(int codePoint) {
    return switch (codePoint) {
      case '\n', '\r' -> NEWLINE;
      case '\t', 0x0B, '\f', 0x85 -> SPACE;
      default -> OTHER;
    };
  }
}

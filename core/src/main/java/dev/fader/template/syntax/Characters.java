package dev.fader.template.syntax;

/// Character classes of Python.
public final class Characters {
  private Characters() {}

  /// `str.isspace` of one character; all such characters are in the basic plane.
  public static boolean isSpace(int c) {
    return c == ' '
        || (c >= '\t' && c <= '\r')
        || (c >= 0x1c && c <= 0x1f)
        || c == 0x85
        || c == 0xa0
        || (c > 0x7f && Character.isSpaceChar(c));
  }

  /// The line boundaries of `str.splitlines`, except `\r\n`.
  public static boolean isLineEnd(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == '\u2028'
        || c == '\u2029';
  }

  /// Whether `[from, to)` is not empty and all white space.
  static boolean isBlank(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isSpace(text.charAt(i))) {
        return false;
      }
    }
    return from < to;
  }

  public static int skipBlank(String text, int from) {
    int at = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  static String stripEnd(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /// `str.isprintable` of one character.
  public static boolean isPrintable(int codePoint) {
    return codePoint == ' '
        || switch (Character.getType(codePoint)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SPACE_SEPARATOR ->
              false;
          default -> true;
        };
  }

  /// Makes a text fit for a one-line message.
  public static String printable(int codePoint) {
    return isPrintable(codePoint) ? Character.toString(codePoint) : "U+%04X".formatted(codePoint);
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return text.length() <= 200;
  }

  /// A text for a one-line message, truncated if it is long.
  public static String printable(String text) {
    if (isPlain(text)) {
      return text;
    }
    var line = new StringBuilder();
    text.codePoints()
        .limit(200)
        .forEach(c -> line.appendCodePoint(isPrintable(c) ? c : c == '\n' ? ' ' : 0xfffd));
    return line.length() < text.length() ? line.append("...").toString() : line.toString();
  }
}

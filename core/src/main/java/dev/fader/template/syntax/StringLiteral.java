package dev.fader.template.syntax;

/// Decodes a string literal with Python's escapes; unknown ones stay as they are.
final class StringLiteral {
  private final String literal;
  private final int line;
  private final StringBuilder value = new StringBuilder();
  private int at;

  private StringLiteral(String literal, int line) {
    this.literal = literal;
    this.line = line;
  }

  /// @param literal without its quotes
  static String value(String literal, int line) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    var reading = new StringLiteral(literal, line);
    while (reading.at < literal.length()) {
      reading.next();
    }
    return reading.value.toString();
  }

  private void next() {
    char c = literal.charAt(at++);
    if (c != '\\') {
      value.append(c);
      return;
    }
    char escape = literal.charAt(at++);
    switch (escape) {
      case '\n' -> {}
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'a' -> value.append('\u0007');
      case 'v' -> value.append('\u000b');
      case '\\', '\'', '"' -> value.append(escape);
      case 'x' -> codePoint(2);
      case 'u' -> codePoint(4);
      case 'U' -> codePoint(8);
      case 'N' -> named();
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal();
      default -> value.append('\\').append(escape);
    }
  }

  private void codePoint(int digits) {
    int end = at + digits;
    try {
      int codePoint = end > literal.length() ? -1 : Integer.parseInt(literal, at, end, 16);
      value.appendCodePoint(codePoint);
      at = end;
    } catch (IllegalArgumentException none) {
      throw new TemplateSyntaxException(
          "a string has a '\\%c' without the code of a character: give %d hexadecimal digits"
              .formatted(literal.charAt(at - 1), digits),
          line);
    }
  }

  private void octal() {
    int from = at - 1;
    while (at < literal.length() && at < from + 3 && Character.digit(literal.charAt(at), 8) >= 0) {
      at++;
    }
    value.appendCodePoint(Integer.parseInt(literal, from, at, 8));
  }

  private void named() {
    int close = literal.startsWith("{", at) ? literal.indexOf('}', at) : -1;
    try {
      value.appendCodePoint(
          Character.codePointOf(close < 0 ? "" : literal.substring(at + 1, close)));
      at = close + 1;
    } catch (IllegalArgumentException none) {
      throw new TemplateSyntaxException(
          "a string has a '\\N' without the name of a character: write \\N{BULLET} or the like",
          line);
    }
  }
}

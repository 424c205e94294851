package dev.fader.answer;

/// What follows a backslash in a string of Python, as JSON.
final class PythonEscape {
  private final StringBuilder digits = new StringBuilder(); // after a letter that says how many
  private boolean open;

  /// A backslash was read.
  void begin() {
    open = true;
  }

  /// Whether the next letter belongs to what began with a backslash.
  boolean isOpen() {
    return open;
  }

  /// Takes the next letter, and writes what the escape says when it has ended; false if it cannot
  /// come here.
  boolean accept(char letter, StringBuilder json) {
    if (!digits.isEmpty()) {
      return hexadecimal(letter, json);
    }
    open = letter == 'x' || letter == 'u' || letter == 'U';
    switch (letter) {
      case 'n' -> json.append("\\n");
      case 't' -> json.append("\\t");
      case 'r' -> json.append("\\r");
      case 'b' -> json.append("\\b");
      case 'f' -> json.append("\\f");
      case '\n' -> {} // the string goes on on the next line
      case 'x', 'u', 'U' -> digits.append(letter);
      case '\\', '\'', '"', '/' -> JsonStrings.appendEscaped(json, letter);
      default -> {
        json.append("\\\\");
        JsonStrings.appendEscaped(json, letter);
      }
    }
    return true;
  }

  private boolean hexadecimal(char letter, StringBuilder json) {
    if (Character.digit(letter, 16) < 0 || letter >= 0x80) {
      return false;
    }
    digits.append(letter);
    int most = digits.charAt(0) == 'x' ? 2 : digits.charAt(0) == 'u' ? 4 : 8;
    if (digits.length() <= most) {
      return true;
    }
    long code = Long.parseLong(digits, 1, digits.length(), 16);
    digits.setLength(0);
    open = false;
    if (code > Character.MAX_CODE_POINT) {
      return false;
    }
    Character.toString((int) code)
        .chars()
        .forEach(unit -> JsonStrings.appendEscaped(json, (char) unit));
    return true;
  }
}

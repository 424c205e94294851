package dev.fader.answer;

/// Strings in JSON texts.
final class JsonStrings {
  private JsonStrings() {}

  /// What the content of a JSON string says: valid, but for control characters.
  static String decoded(CharSequence written) {
    var text = new StringBuilder(written.length());
    for (int i = 0; i < written.length(); i++) {
      char letter = written.charAt(i);
      if (letter != '\\' || i + 1 == written.length()) {
        text.append(letter);
        continue;
      }
      char kind = written.charAt(++i);
      if (kind == 'u' && i + 4 < written.length()) {
        text.append((char) Integer.parseInt(written, i + 1, i + 5, 16));
        i += 4;
      } else {
        text.append(
            switch (kind) {
              case 'b' -> '\b';
              case 'f' -> '\f';
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              default -> kind;
            });
      }
    }
    return text.toString();
  }

  /// A text as a JSON string, in quotes.
  static String quoted(CharSequence text) {
    var json = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      appendEscaped(json, text.charAt(i));
    }
    return json.append('"').toString();
  }

  /// Adds one letter of a text to the content of a JSON string.
  static void appendEscaped(StringBuilder json, char letter) {
    if (letter == '"' || letter == '\\') {
      json.append('\\').append(letter);
    } else {
      json.append(withoutControl(letter));
    }
  }

  /// A letter of the content of a JSON string, escaped if it is a control character.
  static String withoutControl(char letter) {
    return switch (letter) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> letter < 0x20 ? "\\u%04x".formatted((int) letter) : String.valueOf(letter);
    };
  }
}

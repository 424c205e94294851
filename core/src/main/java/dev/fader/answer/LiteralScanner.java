package dev.fader.answer;

import java.util.BitSet;

/// Turns one literal of Python, or of Gemma's notation, into JSON, letter by letter.
final class LiteralScanner {
  /// How literals are written.
  enum Style {
    /// `{'a': [1, True, None]}`.
    PYTHON,
    /// `{a:[1,true],b:QtextQ}`, where Q is a tag.
    GEMMA
  }

  private enum Place {
    VALUE, // comes next
    FIRST_ITEM, // or the end
    KEY,
    FIRST_KEY, // or the end
    COLON,
    AFTER, // a value
    STRING,
    WORD, // or number
    DONE
  }

  private static final int LONGEST_WORD = 10_000;

  private final Style style;
  private final BitSet objects = new BitSet(); // by depth
  private final StringBuilder out = new StringBuilder();
  private final StringBuilder word = new StringBuilder();
  private final PythonEscape escape = new PythonEscape();
  private int depth;
  private Place place = Place.VALUE;
  private char quote; // 0 if a tag ends the string
  private boolean isKey; // the string or word
  private boolean comma; // was read and is not written yet: the last one need not be

  LiteralScanner(Style style) {
    this.style = style;
  }

  boolean isDone() {
    return place == Place.DONE;
  }

  /// Whether letters are those of a string.
  boolean isInString() {
    return place == Place.STRING;
  }

  /// Whether the literal is a string that a quotation mark ends.
  boolean isInQuotes() {
    return place == Place.STRING && quote != 0;
  }

  /// Whether nothing of the literal was read.
  boolean isEmpty() {
    return place == Place.VALUE && depth == 0;
  }

  /// What was read and is no JSON yet.
  String unfinished() {
    return word.toString();
  }

  /// The JSON since the last time.
  String take() {
    var json = out.toString();
    out.setLength(0);
    return json;
  }

  /// A tag that begins or ends a string; false if it cannot stand here.
  boolean acceptQuote() {
    if (place == Place.STRING && quote == 0) {
      endString();
      return true;
    }
    return place != Place.STRING && place != Place.WORD && beginString((char) 0);
  }

  /// Says that the literal ends here; false if it does not.
  boolean finish() {
    return place == Place.DONE || (place == Place.WORD && depth == 0 && endWord());
  }

  /// Takes the next letter; false if it cannot come here.
  boolean accept(char letter) {
    return switch (place) {
      case STRING -> string(letter);
      case WORD -> word(letter);
      case DONE -> Character.isWhitespace(letter);
      default -> Character.isWhitespace(letter) || token(letter);
    };
  }

  private boolean token(char letter) {
    return switch (place) {
      case VALUE, FIRST_ITEM -> {
        boolean closes = depth > 0 && !objects.get(depth - 1) && (letter == ']' || letter == ')');
        yield closes ? close(letter) : value(letter);
      }
      case KEY, FIRST_KEY -> key(letter);
      case COLON -> colon(letter);
      case AFTER -> after(letter);
      default -> false;
    };
  }

  private boolean key(char letter) {
    if (letter == '}') {
      return close(letter);
    }
    if (letter == '"' || letter == '\'') {
      return beginString(letter);
    }
    if (style == Style.PYTHON) {
      return false;
    }
    isKey = true;
    place = Place.WORD;
    word.append(letter);
    return true;
  }

  private boolean colon(char letter) {
    if (letter != ':') {
      return false;
    }
    out.append(style == Style.GEMMA ? ":" : ": ");
    place = Place.VALUE;
    return true;
  }

  private boolean after(char letter) {
    boolean object = objects.get(depth - 1);
    if (letter == ',') {
      comma = true;
      place = object ? Place.KEY : Place.VALUE;
      return true;
    }
    if (object && style == Style.GEMMA && letter != '}') { // a comma is missing
      comma = true;
      return key(letter);
    }
    return (object ? letter == '}' : letter == ']' || letter == ')') && close(letter);
  }

  private void writeComma() {
    if (comma) {
      out.append(style == Style.GEMMA ? "," : ", ");
      comma = false;
    }
  }

  private boolean value(char letter) {
    if (style == Style.GEMMA && depth > 0 && (letter == ',' || letter == '}') && !comma) {
      out.append("\"\""); // nothing is the empty text
      ended();
      return accept(letter);
    }
    if (letter == '{' || letter == '[' || (letter == '(' && style == Style.PYTHON)) {
      if (depth == JsonScanner.DEEPEST) {
        return false;
      }
      writeComma();
      boolean object = letter == '{';
      objects.set(depth++, object);
      out.append(object ? '{' : '[');
      place = object ? Place.FIRST_KEY : Place.FIRST_ITEM;
      return true;
    }
    if (letter == '"' || letter == '\'') {
      return beginString(letter);
    }
    if (letter == ',' || letter == '}' || letter == ']' || letter == ')' || letter == ':') {
      return false;
    }
    isKey = false;
    place = Place.WORD;
    word.append(letter);
    return true;
  }

  private boolean close(char letter) {
    comma = false;
    boolean object = objects.get(--depth);
    if (object != (letter == '}')) {
      return false;
    }
    out.append(object ? '}' : ']');
    ended();
    return true;
  }

  private void ended() {
    place = depth == 0 ? Place.DONE : Place.AFTER;
  }

  private boolean beginString(char with) {
    writeComma();
    isKey = place == Place.KEY || place == Place.FIRST_KEY;
    if (!isKey && place != Place.VALUE && place != Place.FIRST_ITEM) {
      return false;
    }
    quote = with;
    place = Place.STRING;
    out.append('"');
    return true;
  }

  private void endString() {
    out.append('"');
    if (isKey) {
      place = Place.COLON;
    } else {
      ended();
    }
  }

  private boolean string(char letter) {
    if (escape.isOpen()) {
      return escape.accept(letter, out);
    }
    if (letter == '\\' && quote != 0) {
      escape.begin();
    } else if (letter == quote && quote != 0) {
      endString();
    } else {
      JsonStrings.appendEscaped(out, letter);
    }
    return true;
  }

  private boolean word(char letter) {
    boolean ends =
        switch (letter) {
          case ',', '}', ']' -> true;
          case ')' -> style == Style.PYTHON;
          case ':' -> isKey;
          default -> false;
        };
    if (!ends) {
      word.append(letter);
      return word.length() <= LONGEST_WORD;
    }
    return depth > 0 && endWord() && accept(letter);
  }

  private boolean endWord() {
    var text = word.toString().strip();
    if (isKey) {
      if (text.isEmpty()) {
        return false;
      }
      word.setLength(0);
      writeComma();
      out.append(JsonStrings.quoted(text));
      place = Place.COLON;
      return true;
    }
    var known =
        switch (text) {
          case "True", "true" -> "true";
          case "False", "false" -> "false";
          case "None", "null", "none" -> "null";
          default -> ParameterValue.pythonNumber(text).orElse("");
        };
    if (known.isEmpty() && style == Style.PYTHON) {
      return false;
    }
    word.setLength(0);
    writeComma();
    out.append(known.isEmpty() ? JsonStrings.quoted(text) : known);
    ended();
    return true;
  }
}

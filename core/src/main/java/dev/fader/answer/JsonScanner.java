package dev.fader.answer;

import java.util.BitSet;

/// Follows one JSON text, letter by letter. Control characters within strings are let through,
/// since models write them.
final class JsonScanner {
  /// Deeper values are refused.
  static final int DEEPEST = 500;

  /// Where the text is.
  enum Place {
    VALUE, // comes next
    FIRST_ITEM, // or the end of the array
    KEY,
    FIRST_KEY, // or the end of the object
    COLON,
    AFTER, // a value
    STRING,
    KEY_STRING,
    NUMBER,
    WORD,
    DONE
  }

  /// Where a number is.
  private enum Digits {
    SIGN,
    ZERO,
    WHOLE,
    POINT,
    FRACTION,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS
  }

  private static final String[] WORDS = {"true", "false", "null"};

  private final BitSet objects = new BitSet(); // by depth
  private int depth;
  private Place place = Place.VALUE;
  private boolean escaped;
  private int hexadecimal; // digits that are missing
  private Digits digits = Digits.SIGN;
  private String word = "";
  private int letters; // of the word

  Place place() {
    return place;
  }

  /// Arrays and objects around.
  int depth() {
    return depth;
  }

  boolean isDone() {
    return place == Place.DONE;
  }

  boolean isInString() {
    return place == Place.STRING || place == Place.KEY_STRING;
  }

  /// Takes the next letter; false if it cannot come here.
  boolean accept(char letter) {
    return switch (place) {
      case STRING, KEY_STRING -> string(letter);
      case NUMBER -> number(letter);
      case WORD -> word(letter);
      default -> isSpace(letter) || token(letter);
    };
  }

  static boolean isSpace(char letter) {
    return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
  }

  private boolean token(char letter) {
    return switch (place) {
      case VALUE -> value(letter);
      case FIRST_ITEM -> letter == ']' ? close() : value(letter);
      case KEY, FIRST_KEY -> {
        if (letter == '}' && place == Place.FIRST_KEY) {
          yield close();
        }
        place = letter == '"' ? Place.KEY_STRING : place;
        yield letter == '"';
      }
      case COLON -> {
        place = letter == ':' ? Place.VALUE : place;
        yield letter == ':';
      }
      case AFTER -> {
        boolean object = objects.get(depth - 1);
        if (letter == ',') {
          place = object ? Place.KEY : Place.VALUE;
          yield true;
        }
        yield letter == (object ? '}' : ']') && close();
      }
      default -> false;
    };
  }

  private boolean value(char letter) {
    if (letter == '{' || letter == '[') {
      if (depth == DEEPEST) {
        return false;
      }
      objects.set(depth++, letter == '{');
      place = letter == '{' ? Place.FIRST_KEY : Place.FIRST_ITEM;
      return true;
    }
    if (letter == '"') {
      place = Place.STRING;
      return true;
    }
    if (letter == '-' || isDigit(letter)) {
      place = Place.NUMBER;
      digits = letter == '-' ? Digits.SIGN : letter == '0' ? Digits.ZERO : Digits.WHOLE;
      return true;
    }
    for (var each : WORDS) {
      if (each.charAt(0) == letter) {
        place = Place.WORD;
        word = each;
        letters = 1;
        return true;
      }
    }
    return false;
  }

  private boolean close() {
    depth--;
    after();
    return true;
  }

  private void after() {
    place = depth == 0 ? Place.DONE : Place.AFTER;
  }

  private boolean string(char letter) {
    if (hexadecimal > 0) {
      hexadecimal--;
      return Character.digit(letter, 16) >= 0 && letter < 0x80;
    }
    if (escaped) {
      escaped = false;
      hexadecimal = letter == 'u' ? 4 : 0;
      return "\"\\/bfnrtu".indexOf(letter) >= 0;
    }
    if (letter == '\\') {
      escaped = true;
    } else if (letter == '"') {
      if (place == Place.KEY_STRING) {
        place = Place.COLON;
      } else {
        after();
      }
    }
    return true;
  }

  private boolean word(char letter) {
    if (word.charAt(letters) != letter) {
      return false;
    }
    if (++letters == word.length()) {
      after();
    }
    return true;
  }

  private boolean number(char letter) {
    var next = next(letter);
    if (next != Digits.SIGN) {
      digits = next;
      return true;
    }
    boolean ends =
        switch (digits) {
          case ZERO, WHOLE, FRACTION, EXPONENT_DIGITS -> true;
          default -> false;
        };
    if (!ends || depth == 0) {
      return false;
    }
    place = Place.AFTER;
    return accept(letter);
  }

  /// Where the number is after a letter of it; [Digits#SIGN] if it is none.
  private Digits next(char letter) {
    boolean digit = isDigit(letter);
    boolean exponent = letter == 'e' || letter == 'E';
    return switch (digits) {
      case SIGN -> digit ? letter == '0' ? Digits.ZERO : Digits.WHOLE : Digits.SIGN;
      case ZERO -> letter == '.' ? Digits.POINT : exponent ? Digits.EXPONENT : Digits.SIGN;
      case WHOLE ->
          digit
              ? Digits.WHOLE
              : letter == '.' ? Digits.POINT : exponent ? Digits.EXPONENT : Digits.SIGN;
      case POINT -> digit ? Digits.FRACTION : Digits.SIGN;
      case FRACTION -> digit ? Digits.FRACTION : exponent ? Digits.EXPONENT : Digits.SIGN;
      case EXPONENT ->
          digit
              ? Digits.EXPONENT_DIGITS
              : letter == '+' || letter == '-' ? Digits.EXPONENT_SIGN : Digits.SIGN;
      case EXPONENT_SIGN, EXPONENT_DIGITS -> digit ? Digits.EXPONENT_DIGITS : Digits.SIGN;
    };
  }

  private static boolean isDigit(char letter) {
    return letter >= '0' && letter <= '9';
  }
}

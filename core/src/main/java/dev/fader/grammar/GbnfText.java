package dev.fader.grammar;

import java.util.Locale;

/// Spells texts and characters in GBNF.
final class GbnfText {
  private GbnfText() {}

  /// A text in quotes.
  static String literal(String text) {
    var quoted = new StringBuilder("\"");
    text.codePoints().forEach(c -> append(quoted, c));
    return quoted.append('"').toString();
  }

  /// One character of a set, in brackets.
  static String characterClass(CodePoints characters) {
    var ranges = new StringBuilder("[");
    for (var range : characters.ranges()) {
      append(ranges, range.first());
      if (range.last() > range.first()) {
        ranges.append('-');
        append(ranges, range.last());
      }
    }
    return ranges.append(']').toString();
  }

  private static void append(StringBuilder text, int c) {
    boolean plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ';
    if (plain) {
      text.append((char) c);
    } else if (c <= 0xFF) {
      text.append(String.format(Locale.ROOT, "\\x%02X", c));
    } else if (c <= 0xFFFF) {
      text.append(String.format(Locale.ROOT, "\\u%04X", c));
    } else {
      text.append(String.format(Locale.ROOT, "\\U%08X", c));
    }
  }
}

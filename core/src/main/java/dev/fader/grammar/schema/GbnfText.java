package dev.fader.grammar.schema;

import dev.fader.grammar.CodePoints;
import dev.fader.grammar.CodePoints.Range;
import java.util.ArrayList;
import java.util.List;

/// Writes texts and characters as GBNF.
final class GbnfText {
  private static final CodePoints CONTROLS = CodePoints.of(0, 0x1F);
  private static final CodePoints SPECIAL =
      CodePoints.of(List.of(new Range(0, 0x1F), new Range('"', '"'), new Range('\\', '\\')));

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

  /// One of these characters as spelled in a JSON string, as alternatives.
  static List<String> inJsonString(CodePoints characters) {
    var alternatives = new ArrayList<String>();
    var plain = characters.without(SPECIAL);
    if (!plain.isEmpty()) {
      alternatives.add(characterClass(plain));
    }
    boolean allControls = CONTROLS.without(characters).isEmpty();
    if (allControls) {
      alternatives.add("string-control");
    }
    for (var range : characters.ranges()) {
      for (int c = range.first(); c <= Math.min(range.last(), '\\'); c++) {
        if (c == '"' || c == '\\') {
          alternatives.add(literal("\\" + (char) c));
        } else if (c < 0x20 && !allControls) {
          alternatives.add(literal("\\u%04x".formatted(c)));
        }
      }
    }
    return alternatives;
  }

  private static void append(StringBuilder text, int c) {
    boolean plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ';
    if (plain) {
      text.append((char) c);
    } else if (c <= 0xFF) {
      appendHexadecimal(text.append("\\x"), c, 2);
    } else if (c <= 0xFFFF) {
      appendHexadecimal(text.append("\\u"), c, 4);
    } else {
      appendHexadecimal(text.append("\\U"), c, 8);
    }
  }

  /// By hand: a class of characters has hundreds of them.
  private static void appendHexadecimal(StringBuilder text, int c, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      text.append("0123456789ABCDEF".charAt((c >> shift) & 0xF));
    }
  }
}

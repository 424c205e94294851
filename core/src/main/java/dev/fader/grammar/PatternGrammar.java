package dev.fader.grammar;

import dev.fader.grammar.CodePoints.Range;
import java.util.ArrayList;
import java.util.List;

/// A regular expression of JSON Schema's `pattern` as GBNF over the characters of a JSON string, in
/// which quotes, backslashes and control characters are escaped. What is not regular (assertions
/// within, back references) is refused.
final class PatternGrammar {
  /// Groups within each other. GBNF that is made of it is read without recursion.
  private static final int DEEPEST = 100;

  private static final CodePoints DIGITS = CodePoints.of('0', '9');
  private static final CodePoints WORD =
      CodePoints.of(
          List.of(
              new Range('0', '9'), new Range('A', 'Z'), new Range('_', '_'), new Range('a', 'z')));
  private static final CodePoints SPACE =
      CodePoints.of(
          List.of(
              new Range('\t', '\r'),
              new Range(' ', ' '),
              new Range(0xA0, 0xA0),
              new Range(0x1680, 0x1680),
              new Range(0x2000, 0x200A),
              new Range(0x2028, 0x2029),
              new Range(0x202F, 0x202F),
              new Range(0x205F, 0x205F),
              new Range(0x3000, 0x3000),
              new Range(0xFEFF, 0xFEFF)));
  private static final CodePoints LINE_ENDS =
      CodePoints.of(
          List.of(new Range('\n', '\n'), new Range('\r', '\r'), new Range(0x2028, 0x2029)));

  private final String pattern;
  private final String where;
  private int at;

  PatternGrammar(String pattern, String where) {
    this.pattern = pattern;
    this.where = where;
  }

  /// The content of a string, without its quotes, in which the pattern is found. Without `^` and
  /// `$` anything may stand before and after it.
  String gbnf() {
    boolean fromStart = pattern.startsWith("^");
    boolean toEnd = endsWithAnchor();
    int end = pattern.length() - (toEnd ? 1 : 0);
    if ((fromStart || toEnd) && hasTopLevelAlternatives()) {
      throw wrong("anchors beside alternatives: write ^(...|...)$");
    }
    at = fromStart ? 1 : 0;
    var inner = alternatives(end, 0);
    if (at < end) {
      throw wrong("a ')' has no '('");
    }
    return (fromStart ? "" : "string-char* ") + "(" + inner + ")" + (toEnd ? "" : " string-char*");
  }

  private boolean endsWithAnchor() {
    int backslashes = 0;
    for (int i = pattern.length() - 2; i >= 0 && pattern.charAt(i) == '\\'; i--) {
      backslashes++;
    }
    return pattern.endsWith("$") && backslashes % 2 == 0;
  }

  private boolean hasTopLevelAlternatives() {
    int depth = 0;
    boolean inClass = false;
    for (int i = 0; i < pattern.length(); i++) {
      switch (pattern.charAt(i)) {
        case '\\' -> i++;
        case '[' -> inClass = true;
        case ']' -> inClass = false;
        case '(' -> depth += inClass ? 0 : 1;
        case ')' -> depth -= inClass ? 0 : 1;
        case '|' -> {
          if (depth == 0 && !inClass) {
            return true;
          }
        }
        default -> {}
      }
    }
    return false;
  }

  private String alternatives(int end, int depth) {
    if (depth > DEEPEST) {
      throw wrong("more than %d groups within each other".formatted(DEEPEST));
    }
    var text = new StringBuilder();
    while (at < end && pattern.charAt(at) != ')') {
      if (pattern.charAt(at) == '|') {
        at++;
        text.append(text.isEmpty() ? "\"\" | " : "| ");
        if (at == end || pattern.charAt(at) == ')' || pattern.charAt(at) == '|') {
          text.append("\"\" ");
        }
      } else {
        text.append(item(end, depth)).append(repetition(end)).append(' ');
      }
    }
    return text.isEmpty() ? "\"\"" : text.toString();
  }

  private String item(int end, int depth) {
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return switch (c) {
      case '(' -> group(end, depth);
      case '[' -> escaped(characterClass(end));
      case '.' -> escaped(LINE_ENDS.not());
      case '\\' -> escaped(escape(end, false));
      case '^', '$' -> throw wrong("'%c' within the pattern".formatted(c));
      case '*', '+', '?', '{' -> throw wrong("'%c' with nothing to repeat".formatted(c));
      default -> escaped(CodePoints.of(c, c));
    };
  }

  private String group(int end, int depth) {
    if (pattern.startsWith("?:", at)) {
      at += 2;
    } else if (pattern.startsWith("?", at)) {
      throw wrong("a group with (?%s".formatted(at + 1 < end ? pattern.charAt(at + 1) : ' '));
    }
    var inner = alternatives(end, depth + 1);
    if (at >= end) {
      throw wrong("a ')' is missing");
    }
    at++;
    return "(" + inner + ")";
  }

  private String repetition(int end) {
    if (at >= end) {
      return "";
    }
    int start = at;
    switch (pattern.charAt(at)) {
      case '*', '+', '?' -> at++;
      case '{' -> {
        int close = pattern.indexOf('}', at);
        if (close < 0
            || close >= end
            || !pattern.substring(at, close + 1).matches("\\{\\d+(,\\d*)?}")) {
          throw wrong("a '{' that is no repetition: write \\{");
        }
        at = close + 1;
      }
      default -> {
        return "";
      }
    }
    var operator = pattern.substring(start, at);
    if (at < end && pattern.charAt(at) == '?') {
      at++; // Taking as little as possible changes what is found first, not what can be.
    }
    return operator;
  }

  private CodePoints characterClass(int end) {
    boolean negated = pattern.startsWith("^", at);
    at += negated ? 1 : 0;
    var characters = CodePoints.of(List.of());
    while (at < end && pattern.charAt(at) != ']') {
      var first = member(end);
      boolean range = pattern.startsWith("-", at) && !pattern.startsWith("-]", at);
      if (range && isSingle(first)) {
        at++;
        var last = member(end);
        if (!isSingle(last)
            || last.ranges().getFirst().first() < first.ranges().getFirst().first()) {
          throw wrong("a range of characters that is none");
        }
        first = CodePoints.of(first.ranges().getFirst().first(), last.ranges().getFirst().first());
      }
      characters = characters.and(first);
    }
    if (at >= end) {
      throw wrong("a ']' is missing");
    }
    at++;
    return negated ? characters.not() : characters;
  }

  private static boolean isSingle(CodePoints characters) {
    return characters.ranges().size() == 1
        && characters.ranges().getFirst().first() == characters.ranges().getFirst().last();
  }

  private CodePoints member(int end) {
    if (at >= end) {
      throw wrong("a ']' is missing");
    }
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return c == '\\' ? escape(end, true) : CodePoints.of(c, c);
  }

  private CodePoints escape(int end, boolean inClass) {
    if (at >= end) {
      throw wrong("a backslash at its end");
    }
    char c = pattern.charAt(at++);
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.not();
      case 'w' -> WORD;
      case 'W' -> WORD.not();
      case 's' -> SPACE;
      case 'S' -> SPACE.not();
      case 't' -> CodePoints.of('\t', '\t');
      case 'n' -> CodePoints.of('\n', '\n');
      case 'r' -> CodePoints.of('\r', '\r');
      case 'f' -> CodePoints.of('\f', '\f');
      case 'v' -> CodePoints.of(0x0B, 0x0B);
      case 'x' -> hexadecimal(2, end);
      case 'u' -> hexadecimal(4, end);
      default -> {
        if (Character.isLetterOrDigit(c) && !(inClass && c == 'b')) {
          throw wrong("the escape \\" + c);
        }
        yield inClass && c == 'b' ? CodePoints.of('\b', '\b') : CodePoints.of(c, c);
      }
    };
  }

  private CodePoints hexadecimal(int digits, int end) {
    if (at + digits > end || !pattern.substring(at, at + digits).matches("[0-9a-fA-F]+")) {
      throw wrong("an escape without its %d hexadecimal digits".formatted(digits));
    }
    int value = Integer.parseInt(pattern.substring(at, at + digits), 16);
    at += digits;
    return CodePoints.of(value, value);
  }

  /// One of these characters as a JSON string writes it.
  private String escaped(CodePoints characters) {
    var special =
        CodePoints.of(List.of(new Range(0, 0x1F), new Range('"', '"'), new Range('\\', '\\')));
    var choices = new ArrayList<String>();
    var plain = characters.without(special);
    if (!plain.isEmpty()) {
      choices.add(GbnfText.characterClass(plain));
    }
    for (var range : characters.ranges()) {
      for (int c = range.first(); c <= Math.min(range.last(), '\\'); c++) {
        if (c < 0x20 || c == '"' || c == '\\') {
          choices.add(GbnfText.literal(escape((char) c)));
        }
      }
    }
    if (choices.isEmpty()) {
      throw wrong("a character that cannot be");
    }
    return choices.size() == 1 ? choices.getFirst() : "(" + String.join(" | ", choices) + ")";
  }

  private static String escape(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> "\\u%04x".formatted((int) c);
    };
  }

  private GrammarException wrong(String problem) {
    return new GrammarException(
        "JSON Schema %s: pattern '%s' cannot be held: %s".formatted(where, pattern, problem));
  }
}

package dev.fader.grammar;

import dev.fader.grammar.CodePoints.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Parses GBNF, the notation of llama.cpp's grammars (`grammars/README.md` there): rules `name ::=
/// ...`, alternatives, groups, `"literals"`, `[classes]`, `.`, tokens by their ids `<[id]>`, `* + ?
/// {m,n}` and comments. Groups are kept on an explicit stack, so nesting is not limited.
final class GbnfParser {
  private final String text;
  private final GrammarBuilder grammar = new GrammarBuilder();
  private final Map<String, Integer> classes = new HashMap<>(); // symbols, by how they are written
  private int at;

  GbnfParser(String text) {
    this.text = text;
    if (text.length() > Grammar.LONGEST_GBNF) {
      throw new GrammarException(
          "the grammar has %d characters, and no more than %d are read"
              .formatted(text.length(), Grammar.LONGEST_GBNF));
    }
  }

  Grammar parse() {
    skipSpace(true);
    while (at < text.length()) {
      rule();
      skipSpace(true);
    }
    return grammar.build("root");
  }

  /// The alternatives of a rule or group so far.
  private static final class Group {
    final List<int[]> alternatives = new ArrayList<>();
    int[] symbols = new int[8];
    int size;
    int lastItem = -1; // start of the item to repeat; -1 if there is none

    void add(int... item) {
      lastItem = size;
      append(item);
    }

    void append(int[] item) {
      if (size + item.length > symbols.length) {
        symbols = Arrays.copyOf(symbols, Math.max(size + item.length, 2 * symbols.length));
      }
      System.arraycopy(item, 0, symbols, size, item.length);
      size += item.length;
    }

    int[] takeLastItem() {
      var item = Arrays.copyOfRange(symbols, lastItem, size);
      size = lastItem;
      lastItem = -1;
      return item;
    }

    void endAlternative() {
      alternatives.add(Arrays.copyOf(symbols, size));
      size = 0;
      lastItem = -1;
    }
  }

  private void rule() {
    int start = at;
    var name = name();
    int rule = grammar.rule(name);
    if (grammar.isDefined(rule)) {
      throw wrong(start, "rule '%s' is defined twice".formatted(name));
    }
    skipSpace(false);
    if (!text.startsWith("::=", at)) {
      throw wrong(at, "'::=' is missing after the name '%s'".formatted(name));
    }
    at += 3;
    skipSpace(true);
    grammar.define(rule, alternatives());
  }

  private List<int[]> alternatives() {
    var groups = new ArrayList<Group>();
    var group = new Group();
    while (true) {
      skipSpace(!groups.isEmpty());
      if (at == text.length() || isLineEnd(text.charAt(at))) {
        if (at < text.length() && goesOnAfterLineEnd()) {
          continue;
        }
        if (!groups.isEmpty()) {
          throw wrong(at, "a ')' is missing");
        }
        group.endAlternative();
        return group.alternatives;
      }
      char next = text.charAt(at);
      if (next == '(') {
        at++;
        groups.add(group);
        group = new Group();
      } else if (next == ')') {
        if (groups.isEmpty()) {
          throw wrong(at, "a ')' has no '('");
        }
        at++;
        group.endAlternative();
        int rule = grammar.newRule();
        grammar.define(rule, group.alternatives);
        group = groups.removeLast();
        group.add(GrammarBuilder.reference(rule));
      } else if (next == '|') {
        at++;
        skipSpace(true);
        group.endAlternative();
      } else {
        item(group, next);
      }
    }
  }

  private boolean goesOnAfterLineEnd() {
    int end = at;
    skipSpace(true);
    if (at < text.length() && text.charAt(at) == '|') {
      return true;
    }
    at = end;
    return false;
  }

  private void item(Group group, char next) {
    switch (next) {
      case '"' -> group.add(literal());
      case '[' -> group.add(characterClass());
      case '.' -> {
        at++;
        group.add(grammar.character(CodePoints.ALL));
      }
      case '*', '+', '?', '{' -> repeat(group, next);
      case '<' -> group.add(token());
      case '!' -> throw wrong(at, "'!' is not read: list what may stand here");
      default -> group.add(GrammarBuilder.reference(grammar.rule(name())));
    }
  }

  /// A token by its id.
  private int[] token() {
    int start = at;
    if (!text.startsWith("<[", at)) {
      throw wrong(start, "a token is written by its id, such as <[13]>, or as its text in quotes");
    }
    at += 2;
    int id = count();
    if (!text.startsWith("]>", at)) {
      throw wrong(start, "a token is written by its id, such as <[13]>, or as its text in quotes");
    }
    at += 2;
    if (id > TokenReference.LARGEST) {
      throw wrong(
          start, "token %d: ids in grammars go up to %d".formatted(id, TokenReference.LARGEST));
    }
    return grammar.token(id);
  }

  private void repeat(Group group, char operator) {
    if (group.lastItem < 0) {
      throw wrong(at, "'%s' has nothing before it to repeat".formatted(operator));
    }
    int start = at++;
    int least = operator == '+' ? 1 : 0;
    int most = operator == '?' ? 1 : -1;
    if (operator == '{') {
      least = count();
      most = least;
      if (peek() == ',') {
        at++;
        skipSpace(true);
        most = peek() == '}' ? -1 : count();
      }
      if (peek() != '}') {
        throw wrong(start, "a repetition is written {m}, {m,} or {m,n}");
      }
      at++;
      if (most >= 0 && most < least) {
        throw wrong(start, "a repetition from %d to %d times".formatted(least, most));
      }
    }
    group.append(grammar.repeat(group.takeLastItem(), least, most));
  }

  private int count() {
    skipSpace(true);
    int start = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == start || at - start > 9) {
      throw wrong(start, "a repetition needs a number of up to nine digits");
    }
    int count = Integer.parseInt(text.substring(start, at));
    skipSpace(true);
    return count;
  }

  private int[] literal() {
    int start = at++;
    var content = new StringBuilder();
    while (peek() != '"') {
      content.appendCodePoint(character(start, "literal"));
    }
    at++;
    return grammar.literal(content.toString());
  }

  /// The symbol of a class. Grammars that are made of automata write the same ones at thousands of
  /// places.
  private int characterClass() {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != ']') {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    var written = text.substring(at, Math.min(end + 1, text.length()));
    var known = classes.get(written);
    if (known != null) {
      at += written.length();
      return known;
    }
    int symbol = grammar.character(newCharacterClass());
    classes.put(written, symbol);
    return symbol;
  }

  private CodePoints newCharacterClass() {
    int start = at++;
    boolean negated = peek() == '^';
    if (negated) {
      at++;
    }
    var ranges = new ArrayList<Range>();
    while (peek() != ']') {
      int first = character(start, "character class");
      int last = first;
      if (peek() == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']') {
        at++;
        last = character(start, "character class");
      }
      if (last < first) {
        throw wrong(start, "a range of characters goes backwards");
      }
      ranges.add(new Range(first, last));
    }
    at++;
    var characters = CodePoints.of(ranges);
    return negated ? characters.not() : characters;
  }

  /// One character, possibly escaped, of the token that began at `start`.
  private int character(int start, String what) {
    if (at >= text.length() || isLineEnd(text.charAt(at))) {
      throw wrong(start, "a %s does not end on its line".formatted(what));
    }
    int first = text.codePointAt(at);
    at += Character.charCount(first);
    return first == '\\' ? escaped() : scalar(at - 1, first);
  }

  private int escaped() {
    char kind = peek();
    at++;
    return switch (kind) {
      case 'x' -> hexadecimal(2);
      case 'u' -> hexadecimal(4);
      case 'U' -> hexadecimal(8);
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'n' -> '\n';
      case '\\', '"', '[', ']', '-', '^' -> kind;
      default -> throw wrong(at - 2, "the escape '\\%s' is not known".formatted(printable(kind)));
    };
  }

  private int hexadecimal(int digits) {
    long value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0) {
        throw wrong(at, "an escape needs %d hexadecimal digits".formatted(digits));
      }
      value = (value << 4) | digit;
      at++;
    }
    return scalar(at - digits, value);
  }

  private int scalar(int place, long value) {
    if (value > Character.MAX_CODE_POINT
        || (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE)) {
      throw wrong(place, "U+%04X is not a character".formatted(value));
    }
    return (int) value;
  }

  private String name() {
    int start = at;
    while (isNamePart(peek())) {
      at++;
    }
    if (at == start) {
      throw wrong(start, "a name is expected, not '%s'".formatted(printable(peek())));
    }
    return text.substring(start, at);
  }

  static boolean isNamePart(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }

  private static String printable(char c) {
    return c == 0 ? "the end" : Character.isISOControl(c) ? "\uFFFD" : String.valueOf(c);
  }

  /// The next character, 0 at the end.
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void skipSpace(boolean alsoLineEnds) {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        while (at < text.length() && !isLineEnd(text.charAt(at))) {
          at++;
        }
      } else if (c == ' ' || c == '\t' || (alsoLineEnds && isLineEnd(c))) {
        at++;
      } else {
        return;
      }
    }
  }

  private GrammarException wrong(int place, String problem) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < Math.min(place, text.length()); i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return new GrammarException(
        "grammar, line %d, column %d: %s".formatted(line, place - lineStart + 1, problem));
  }
}

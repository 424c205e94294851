package dev.fader.grammar.schema;

import dev.fader.grammar.CodePoints;
import dev.fader.grammar.CodePoints.Range;
import dev.fader.grammar.GrammarException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/// Parses a regular expression of JSON Schema's `pattern`: ECMA-262 with the flag `u`. Refused are
/// expressions that are not regular (back references) and assertions of more than one character,
/// except lookahead directly after `^`, which is intersected with the rest.
final class EcmaPattern {
  /// Nesting limit of groups.
  private static final int DEEPEST = 100;

  private static final int MOST_REPETITIONS = 10_000;

  static final CodePoints WORD =
      CodePoints.of(
          List.of(
              new Range('0', '9'), new Range('A', 'Z'), new Range('_', '_'), new Range('a', 'z')));
  private static final Map<String, CodePoints> CATEGORIES = categories();
  private static final CodePoints DIGITS = CodePoints.of('0', '9');
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
  private static final CodePoints ASCII = CodePoints.of(0, 0x7F);
  private static final CodePoints FOREIGN_DIGITS = ofCategories("Nd").without(ASCII);
  private static final CodePoints FOREIGN_WORD = ofCategories("L", "N", "M", "Pc").without(ASCII);
  private static final CodePoints FOREIGN_SPACE =
      SPACE
          .without(ASCII)
          .and(CodePoints.of(0x1C, 0x1F))
          .and(CodePoints.of(0x85, 0x85))
          .and(CodePoints.of(0x180E, 0x180E));
  private static final List<Range> UNCLEAR_LINE_ENDS =
      List.of(new Range('\r', '\r'), new Range(0x85, 0x85), new Range(0x2028, 0x2029));
  private static final CodePoints LINE_ENDS =
      CodePoints.of(
          List.of(new Range('\n', '\n'), new Range('\r', '\r'), new Range(0x2028, 0x2029)));

  /// A node of the syntax tree.
  sealed interface Part {}

  record Characters(CodePoints set) implements Part {}

  record Sequence(List<Part> parts) implements Part {}

  record Choice(List<Part> parts) implements Part {}

  /// @param most -1 for unlimited
  record Repeated(Part part, int least, int most) implements Part {}

  record Assertion(Place place) implements Part {}

  enum Place {
    START,
    END,
    WORD_EDGE,
    NO_WORD_EDGE
  }

  private final String pattern;
  private final SchemaPlace where;
  private CodePoints unclear =
      CodePoints.of(List.of()); // characters that engines treat differently
  private boolean endsBeforeLineEnds; // in some engines, `$` matches before it
  private int at;

  private EcmaPattern(String pattern, SchemaPlace where) {
    this.pattern = pattern;
    this.where = where;
  }

  /// Texts in which a pattern is found, and in which it is not, whatever the engine: Python,
  /// ECMAScript and Java differ in digits, letters, spaces and line ends. Texts with such
  /// characters are in neither set. The second, which few schemas need, is made when asked for.
  static final class Texts {
    private final CharacterAutomaton found;
    private final Supplier<CharacterAutomaton> making;
    private Optional<CharacterAutomaton> others = Optional.empty();

    private Texts(CharacterAutomaton found, Supplier<CharacterAutomaton> making) {
      this.found = found;
      this.making = making;
    }

    CharacterAutomaton found() {
      return found;
    }

    CharacterAutomaton others() {
      if (others.isEmpty()) {
        others = Optional.of(making.get());
      }
      return others.orElseThrow();
    }
  }

  /// Parses a pattern.
  ///
  /// @param where the schema that has it
  static Texts texts(String pattern, SchemaPlace where) {
    var read = new EcmaPattern(pattern, where);
    var found = read.found();
    if (read.unclear.isEmpty() && !read.endsBeforeLineEnds) {
      return new Texts(found, () -> found.not(where));
    }
    var clear = CharacterAutomaton.ofCharacters(read.unclear.not(), where);
    var notClear = read.endsBeforeLineEnds ? read.unclear.and(single('\n')) : read.unclear;
    return new Texts(
        found.and(clear, where),
        () -> found.not(where).and(CharacterAutomaton.ofCharacters(notClear.not(), where), where));
  }

  private CharacterAutomaton found() {
    var kept = new ArrayList<CharacterAutomaton>();
    if (pattern.startsWith("^(?!") || pattern.startsWith("^(?=")) {
      at = 1;
      while (pattern.startsWith("(?!", at) || pattern.startsWith("(?=", at)) {
        boolean avoided = pattern.charAt(at + 2) == '!';
        at += 3;
        var ahead =
            PatternSearch.texts(
                new Sequence(List.of(new Assertion(Place.START), alternatives(0))), where);
        closeGroup();
        kept.add(avoided ? ahead.not(where) : ahead);
      }
    }
    boolean looksAhead = !kept.isEmpty();
    var rest = alternatives(0);
    if (at < pattern.length()) {
      throw wrong("a ')' has no '('");
    }
    if (looksAhead && rest instanceof Choice) {
      throw wrong("look-ahead beside alternatives: write ^(?...)(...|...)");
    }
    var found =
        PatternSearch.texts(
            looksAhead ? new Sequence(List.of(new Assertion(Place.START), rest)) : rest, where);
    for (var ahead : kept) {
      found = found.and(ahead, where);
    }
    return found;
  }

  private Part alternatives(int depth) {
    if (depth > DEEPEST) {
      throw wrong("more than %d groups within each other".formatted(DEEPEST));
    }
    var choices = new ArrayList<Part>();
    var parts = new ArrayList<Part>();
    while (at < pattern.length() && pattern.charAt(at) != ')') {
      if (pattern.charAt(at) == '|') {
        at++;
        choices.add(new Sequence(parts));
        parts = new ArrayList<>();
      } else {
        parts.add(repeated(item(depth)));
      }
    }
    if (choices.isEmpty()) {
      return new Sequence(parts);
    }
    choices.add(new Sequence(parts));
    return new Choice(choices);
  }

  private Part item(int depth) {
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return switch (c) {
      case '(' -> group(depth);
      case '[' -> new Characters(characterClass());
      case '.' -> {
        unclear = unclear.and(CodePoints.of(UNCLEAR_LINE_ENDS));
        yield new Characters(LINE_ENDS.not());
      }
      case '^' -> new Assertion(Place.START);
      case '$' -> {
        endsBeforeLineEnds = true;
        yield new Assertion(Place.END);
      }
      case '*', '+', '?' -> throw wrong("'%c' with nothing to repeat".formatted(c));
      case '\\' -> {
        if (at < pattern.length() && (pattern.charAt(at) == 'b' || pattern.charAt(at) == 'B')) {
          unclear = unclear.and(FOREIGN_WORD);
          yield new Assertion(pattern.charAt(at++) == 'b' ? Place.WORD_EDGE : Place.NO_WORD_EDGE);
        }
        yield new Characters(escape(false));
      }
      default -> new Characters(CodePoints.of(c, c));
    };
  }

  private Part group(int depth) {
    if (pattern.startsWith("?:", at)) {
      at += 2;
    } else if (pattern.startsWith("?<", at)
        && !pattern.startsWith("?<=", at)
        && !pattern.startsWith("?<!", at)
        && pattern.indexOf('>', at) > 0) {
      at = pattern.indexOf('>', at) + 1;
    } else if (pattern.startsWith("?", at)) {
      throw wrong(
          "a group with (?%s".formatted(at + 1 < pattern.length() ? pattern.charAt(at + 1) : ' '));
    }
    var inner = alternatives(depth + 1);
    closeGroup();
    return inner;
  }

  private void closeGroup() {
    if (at >= pattern.length()) {
      throw wrong("a ')' is missing");
    }
    at++;
  }

  private Part repeated(Part part) {
    if (at >= pattern.length()) {
      return part;
    }
    int least;
    int most;
    switch (pattern.charAt(at)) {
      case '*' -> {
        least = 0;
        most = -1;
      }
      case '+' -> {
        least = 1;
        most = -1;
      }
      case '?' -> {
        least = 0;
        most = 1;
      }
      case '{' -> {
        int end = pattern.indexOf('}', at);
        if (end < 0 || !pattern.substring(at, end).matches("\\{[0-9]+(,[0-9]*)?")) {
          return part; // a literal brace
        }
        var counts = pattern.substring(at + 1, end).split(",", -1);
        least = count(counts[0]);
        most = counts.length == 1 ? least : counts[1].isEmpty() ? -1 : count(counts[1]);
        if (most >= 0 && most < least) {
          throw wrong("a repetition from %d to %d times".formatted(least, most));
        }
        at = end;
      }
      default -> {
        return part;
      }
    }
    at++;
    if (pattern.startsWith("?", at)) {
      at++; // lazy: the same texts
    }
    if (at < pattern.length() && "*+?".indexOf(pattern.charAt(at)) >= 0) {
      throw wrong("'%c' with nothing to repeat".formatted(pattern.charAt(at)));
    }
    return new Repeated(part, least, most);
  }

  private int count(String digits) {
    if (digits.length() > 6 || Integer.parseInt(digits) > MOST_REPETITIONS) {
      throw wrong("more than %d repetitions".formatted(MOST_REPETITIONS));
    }
    return Integer.parseInt(digits);
  }

  private CodePoints characterClass() {
    boolean negated = pattern.startsWith("^", at);
    if (negated) {
      at++;
    }
    var ranges = new ArrayList<Range>();
    while (at < pattern.length() && pattern.charAt(at) != ']') {
      var first = member();
      boolean range = pattern.startsWith("-", at) && !pattern.startsWith("-]", at);
      if (range && isSingle(first)) {
        at++;
        var last = member();
        if (!isSingle(last)
            || last.ranges().getFirst().first() < first.ranges().getFirst().first()) {
          throw wrong("an invalid range of characters");
        }
        first = CodePoints.of(first.ranges().getFirst().first(), last.ranges().getFirst().first());
      }
      ranges.addAll(first.ranges());
    }
    if (at >= pattern.length()) {
      throw wrong("a ']' is missing");
    }
    at++;
    var characters = CodePoints.of(ranges);
    return negated ? characters.not() : characters;
  }

  private static boolean isSingle(CodePoints characters) {
    return characters.ranges().size() == 1
        && characters.ranges().getFirst().first() == characters.ranges().getFirst().last();
  }

  private CodePoints member() {
    if (at >= pattern.length()) {
      throw wrong("a ']' is missing");
    }
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return c == '\\' ? escape(true) : CodePoints.of(c, c);
  }

  private CodePoints escape(boolean inClass) {
    if (at >= pattern.length()) {
      throw wrong("a backslash at its end");
    }
    char c = pattern.charAt(at++);
    unclear =
        switch (c) {
          case 'd', 'D' -> unclear.and(FOREIGN_DIGITS);
          case 'w', 'W' -> unclear.and(FOREIGN_WORD);
          case 's', 'S' -> unclear.and(FOREIGN_SPACE);
          default -> unclear;
        };
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
      case 'x' -> single(hexadecimal(2));
      case 'u' -> single(unicode());
      case 'c' -> control();
      case 'p' -> property();
      case 'P' -> property().not();
      default -> {
        boolean isZero = c == '0' && !(at < pattern.length() && isDigit(pattern.charAt(at)));
        if (isZero) {
          yield single(0);
        }
        if (inClass && c == 'b') {
          yield single('\b');
        }
        if (Character.isLetterOrDigit(c)) {
          throw wrong("the escape \\" + c);
        }
        yield single(c);
      }
    };
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static CodePoints single(int c) {
    return CodePoints.of(c, c);
  }

  private CodePoints control() {
    char letter = at < pattern.length() ? pattern.charAt(at++) : 0;
    if (!(letter >= 'a' && letter <= 'z') && !(letter >= 'A' && letter <= 'Z')) {
      throw wrong("the escape \\c without a letter");
    }
    return single(letter % 32);
  }

  /// `\\u0041`, a surrogate pair of those, or `\\u{1F600}`.
  private int unicode() {
    if (pattern.startsWith("{", at)) {
      int end = pattern.indexOf('}', at);
      var digits = end < 0 ? "" : pattern.substring(at + 1, end);
      if (!digits.matches("[0-9a-fA-F]{1,6}") || Integer.parseInt(digits, 16) > 0x10FFFF) {
        throw wrong("an escape \\u{ that names no character");
      }
      at = end + 1;
      return scalar(Integer.parseInt(digits, 16));
    }
    int first = hexadecimal(4);
    if (Character.isHighSurrogate((char) first) && pattern.startsWith("\\u", at)) {
      at += 2;
      int second = hexadecimal(4);
      if (Character.isLowSurrogate((char) second)) {
        return Character.toCodePoint((char) first, (char) second);
      }
    }
    return scalar(first);
  }

  private int scalar(int c) {
    if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      throw wrong("half a character, \\u%04x".formatted(c));
    }
    return c;
  }

  private int hexadecimal(int digits) {
    int end = at + digits;
    if (end > pattern.length() || !pattern.substring(at, end).matches("[0-9a-fA-F]+")) {
      throw wrong("an escape without its %d hexadecimal digits".formatted(digits));
    }
    int value = Integer.parseInt(pattern.substring(at, end), 16);
    at = end;
    return value;
  }

  /// A general category, `\\p{L}` or `\\p{Lu}`, by its short name.
  private CodePoints property() {
    int end = pattern.startsWith("{", at) ? pattern.indexOf('}', at) : -1;
    if (end < 0) {
      throw wrong("the escape \\p without {...}");
    }
    var name = pattern.substring(at + 1, end);
    at = end + 1;
    var bare = name.replaceFirst("^(gc|General_Category)=", "");
    if (bare.equals("Any")) {
      return CodePoints.ALL;
    }
    var characters = bare.isEmpty() ? CodePoints.of(List.of()) : ofCategories(bare);
    if (characters.isEmpty()) {
      throw wrong(
          "\\p{%s}: of Unicode properties only general categories like \\p{L} and \\p{Lu} are known"
              .formatted(name));
    }
    return characters;
  }

  /// The characters whose general category begins with one of these.
  private static CodePoints ofCategories(String... beginnings) {
    var ranges = new ArrayList<Range>();
    CATEGORIES.forEach((category, characters) -> {
      if (Arrays.stream(beginnings).anyMatch(category::startsWith)) {
        ranges.addAll(characters.ranges());
      }
    });
    return CodePoints.of(ranges);
  }

  /// The characters of each general category.
  private static Map<String, CodePoints> categories() {
    String[] names = {
      "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp",
      "Cc", "Cf", "", "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"
    }; // by value of Character.getType
    var ranges = new TreeMap<String, List<Range>>();
    int first = 0;
    for (int c = 1; c <= Character.MAX_CODE_POINT + 1; c++) {
      int type = Character.getType(first);
      if (c > Character.MAX_CODE_POINT || Character.getType(c) != type) {
        ranges
            .computeIfAbsent(names[type], added -> new ArrayList<>())
            .add(new Range(first, c - 1));
        first = c;
      }
    }
    var categories = new TreeMap<String, CodePoints>();
    ranges.forEach((name, found) -> categories.put(name, CodePoints.of(found).not().not()));
    return Collections.unmodifiableMap(categories);
  }

  private GrammarException wrong(String problem) {
    return SchemaDocument.wrong(
        where, "pattern '%s' cannot be held: %s".formatted(pattern, problem));
  }
}

package dev.fader.tokenizer.pattern;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Parses the regular expressions of tokenizer files in Oniguruma's Ruby dialect, as Hugging Face's
/// `tokenizers`: groups, alternatives, classes, greedy, lazy and possessive repetitions, lookahead,
/// lookbehind of one character, anchors. Anything else is refused by name.
final class RegexParser {
  private static final int DEEPEST = 40;
  private static final int MOST_REPEATS = 1000;
  private static final int MOST_REPEATED_REPEATS = 10;

  private static final CodePointSet ANY =
      CodePointSet.builder().range(0, Character.MAX_CODE_POINT).build();

  /// `\R` is atomic: after matching a carriage return and line feed it does not give back the line
  /// feed.
  private static final RegexNode LINE_BREAK =
      new RegexNode.Choice(
          List.of(
              new RegexNode.Sequence(List.of(one('\r', '\r'), one('\n', '\n'))),
              new RegexNode.Sequence(
                  List.of(one('\r', '\r'), new RegexNode.LookAhead(one('\n', '\n'), true))),
              one('\n', '\f'),
              one(0x85, 0x85),
              one(0x2028, 0x2029)));

  private final RegexText text;
  private final ClassParser classes;
  private boolean ignoresCase;
  private boolean dotTakesLineEnds;

  private RegexParser(String regex) {
    text = new RegexText(regex);
    classes = new ClassParser(text);
  }

  /// @throws java.util.regex.PatternSyntaxException if it is invalid or unsupported
  static RegexNode parse(String regex) {
    var parser = new RegexParser(regex);
    RegexNode whole = parser.choice(0);
    if (parser.text.peek() != RegexText.END) {
      throw parser.text.wrong("has a ')' without its '('");
    }
    return whole;
  }

  private RegexNode choice(int depth) {
    if (depth > DEEPEST) {
      throw text.wrong("nests more than " + DEEPEST + " groups");
    }
    boolean caseOutside = ignoresCase;
    boolean dotOutside = dotTakesLineEnds;
    var options = new ArrayList<RegexNode>();
    do {
      options.add(sequence(depth));
    } while (text.take("|"));
    ignoresCase = caseOutside;
    dotTakesLineEnds = dotOutside;
    return options.size() == 1 ? options.getFirst() : new RegexNode.Choice(List.copyOf(options));
  }

  private RegexNode sequence(int depth) {
    var parts = new ArrayList<RegexNode>();
    while (text.peek() != RegexText.END && text.peek() != '|' && text.peek() != ')') {
      RegexNode part = atom(depth);
      Optional<RegexNode> repeated = repeated(part);
      for (int repeats = 1; repeated.isPresent(); repeats++) {
        if (repeats > MOST_REPEATED_REPEATS) {
          throw text.wrong("repeats repetitions more than " + MOST_REPEATED_REPEATS + " times");
        }
        part = repeated.get();
        repeated = repeated(part);
      }
      parts.add(part);
    }
    return parts.size() == 1 ? parts.getFirst() : new RegexNode.Sequence(List.copyOf(parts));
  }

  private RegexNode atom(int depth) {
    int next = text.next();
    return switch (next) {
      case '(' -> group(depth);
      case '[' -> new RegexNode.CodePoint(classes.bracketed(ignoresCase));
      case '.' ->
          new RegexNode.CodePoint(
              dotTakesLineEnds ? ANY : ClassParser.turned(CodePointSet.of('\n'), true));
      case '^' -> RegexNode.Anchor.LINE_START;
      case '$' -> RegexNode.Anchor.LINE_END;
      case '\\' -> escaped();
      case '*', '+', '?' ->
          throw text.wrong("repeats nothing with '" + Character.toString(next) + "'");
      default -> one(next);
    };
  }

  private RegexNode one(int codePoint) {
    return new RegexNode.CodePoint(
        CodePointSet.builder().range(codePoint, codePoint).ignoringCase(ignoresCase).build());
  }

  private RegexNode escaped() {
    int letter = text.next();
    Optional<CodePointSet> set = classes.escapedSet(letter);
    if (set.isPresent()) {
      return new RegexNode.CodePoint(set.get());
    }
    return switch (letter) {
      case 'b' -> RegexNode.Anchor.WORD_BOUNDARY;
      case 'B' -> RegexNode.Anchor.NOT_WORD_BOUNDARY;
      case 'A' -> RegexNode.Anchor.TEXT_START;
      case 'z' -> RegexNode.Anchor.TEXT_END;
      case 'Z' -> RegexNode.Anchor.LAST_LINE_END;
      case 'R' -> LINE_BREAK;
      case 'N' -> new RegexNode.CodePoint(ClassParser.turned(CodePointSet.of('\n'), true));
      case 'O' -> new RegexNode.CodePoint(ANY);
      default -> one(classes.escapedCodePoint(letter));
    };
  }

  private RegexNode group(int depth) {
    if (text.take("?=") || text.sees("?!")) {
      boolean negative = text.take("?!");
      return new RegexNode.LookAhead(closed(depth), negative);
    }
    if (text.take("?<=") || text.sees("?<!")) {
      boolean negative = text.take("?<!");
      if (closed(depth) instanceof RegexNode.CodePoint(CodePointSet set)) {
        return new RegexNode.LookBehind(set, negative);
      }
      throw text.wrong("looks behind for more than one character");
    }
    if (text.take("?<")) {
      text.until(">"); // a name
      return closed(depth);
    }
    if (text.take("?:") || !text.take("?")) {
      return closed(depth);
    }
    return withOption(depth);
  }

  private static RegexNode one(int first, int last) {
    return new RegexNode.CodePoint(CodePointSet.builder().range(first, last).build());
  }

  /// `(?i:…)`, or `(?i)` for the rest of the enclosing group; with `m` a dot matches line ends.
  private RegexNode withOption(int depth) {
    boolean caseOutside = ignoresCase;
    boolean dotOutside = dotTakesLineEnds;
    boolean off = false;
    while (text.peek() != ')' && text.peek() != ':') {
      if (text.take("-")) {
        off = true;
      } else if (text.take("i")) {
        ignoresCase = !off;
      } else if (text.take("m")) {
        dotTakesLineEnds = !off;
      } else {
        throw text.wrong("uses (?" + (off ? "-" : "") + Character.toString(text.next()));
      }
    }
    // Without a colon, as in Ruby: the rest of the group, including its further alternatives.
    RegexNode body = text.take(")") ? choice(depth + 1) : coloned(depth);
    ignoresCase = caseOutside;
    dotTakesLineEnds = dotOutside;
    return body;
  }

  private RegexNode coloned(int depth) {
    text.next();
    return closed(depth);
  }

  private RegexNode closed(int depth) {
    RegexNode body = choice(depth + 1);
    if (!text.take(")")) {
      throw text.wrong("lacks a ')'");
    }
    return body;
  }

  /// The repetition that follows, if there is one.
  private Optional<RegexNode> repeated(RegexNode body) {
    if (text.take("*")) {
      return Optional.of(withGreed(body, 0, RegexNode.Repeat.WITHOUT_END));
    }
    if (text.take("+")) {
      return Optional.of(withGreed(body, 1, RegexNode.Repeat.WITHOUT_END));
    }
    if (text.take("?")) {
      return Optional.of(withGreed(body, 0, 1));
    }
    return counted(body);
  }

  private RegexNode withGreed(RegexNode body, int least, int most) {
    RegexNode.Greed greed =
        text.take("?")
            ? RegexNode.Greed.LAZY
            : text.take("+") ? RegexNode.Greed.POSSESSIVE : RegexNode.Greed.GREEDY;
    return new RegexNode.Repeat(body, least, most, greed);
  }

  /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; any other brace is literal.
  private Optional<RegexNode> counted(RegexNode body) {
    int mark = text.mark();
    if (!text.take("{")) {
      return Optional.empty();
    }
    OptionalInt least = number();
    boolean ranged = text.take(",");
    OptionalInt most = ranged ? number() : least;
    if (!text.take("}") || (least.isEmpty() && most.isEmpty())) {
      text.returnTo(mark);
      return Optional.empty();
    }
    int from = least.orElse(0);
    int to = most.orElse(RegexNode.Repeat.WITHOUT_END);
    if (to >= 0 && to < from) {
      throw text.wrong("repeats from " + from + " to " + to + " times");
    }
    var greed = text.take("?") ? RegexNode.Greed.LAZY : RegexNode.Greed.GREEDY;
    return Optional.of(new RegexNode.Repeat(body, from, to, greed));
  }

  private OptionalInt number() {
    if (text.peek() < '0' || text.peek() > '9') {
      return OptionalInt.empty();
    }
    int value = 0;
    while (text.peek() >= '0' && text.peek() <= '9') {
      value = value * 10 + (text.next() - '0');
      if (value > MOST_REPEATS) {
        throw text.wrong("repeats more than " + MOST_REPEATS + " times");
      }
    }
    return OptionalInt.of(value);
  }
}

package dev.fader.tokenizer.pattern;

import java.util.Optional;

/// Parses the parts of a regular expression that match one code point: `\p{L}`, `\s`,
/// `[^a-z&&[…]]`.
final class ClassParser {
  private static final int DEEPEST = 8;
  private static final byte[] WORD_CATEGORIES = {
    Character.NON_SPACING_MARK,
    Character.COMBINING_SPACING_MARK,
    Character.ENCLOSING_MARK,
    Character.DECIMAL_DIGIT_NUMBER,
    Character.CONNECTOR_PUNCTUATION
  };

  /// `\w` of Oniguruma, with the superscripts and fractions of Latin-1, but no other such numbers.
  static final CodePointSet WORD =
      CodePointSet.builder()
          .categories(WORD_CATEGORIES)
          .range(0xB2, 0xB3)
          .range(0xB9, 0xB9)
          .range(0xBC, 0xBE)
          .named(new CodePointSet.Alphabetic())
          .build();

  /// `[\w]` of Oniguruma, which is `\w` without those.
  private static final CodePointSet WORD_IN_BRACKETS =
      CodePointSet.builder()
          .categories(WORD_CATEGORIES)
          .named(new CodePointSet.Alphabetic())
          .build();

  private static final CodePointSet HEXADECIMAL =
      CodePointSet.builder().range('0', '9').range('A', 'F').range('a', 'f').build();

  private final RegexText text;

  ClassParser(RegexText text) {
    this.text = text;
  }

  /// The set after a consumed `\`, unless the letter is a literal or has another meaning.
  Optional<CodePointSet> escapedSet(int letter) {
    return switch (letter) {
      case 's', 'S' -> Optional.of(turned(spaces(), letter == 'S'));
      case 'd', 'D' ->
          Optional.of(
              turned(
                  CodePointSet.builder().categories(Character.DECIMAL_DIGIT_NUMBER).build(),
                  letter == 'D'));
      case 'w', 'W' -> Optional.of(turned(WORD, letter == 'W'));
      case 'h', 'H' -> Optional.of(turned(HEXADECIMAL, letter == 'H'));
      case 'p', 'P' -> Optional.of(property(letter == 'P'));
      default -> Optional.empty();
    };
  }

  /// The code point that an escaped letter stands for.
  int escapedCodePoint(int letter) {
    return switch (letter) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'f' -> '\f';
      case 'v' -> 0x0B;
      case 'a' -> 0x07;
      case 'e' -> 0x1B;
      case 'x' -> text.take("{") ? hexadecimal(text.until("}")) : hexadecimal(2);
      case 'u' -> hexadecimal(4);
      default -> {
        if (Character.isLetterOrDigit(letter)) {
          throw text.wrong("uses \\" + Character.toString(letter));
        }
        yield letter;
      }
    };
  }

  private int hexadecimal(int digits) {
    var number = new StringBuilder();
    for (int i = 0; i < digits; i++) {
      number.appendCodePoint(text.next());
    }
    return hexadecimal(number.toString());
  }

  private int hexadecimal(String digits) {
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = Character.digit(digits.charAt(i), 16);
      value = value * 16 + digit;
      if (digit < 0 || value > Character.MAX_CODE_POINT) {
        throw text.wrong("has '" + digits + "' for a code point");
      }
    }
    return value;
  }

  private CodePointSet property(boolean negative) {
    if (!text.take("{")) {
      String name = Character.toString(text.next());
      return turned(property(name), negative);
    }
    boolean turned = text.take("^");
    return turned(property(text.until("}")), negative != turned);
  }

  private CodePointSet property(String name) {
    return property(name, text);
  }

  static CodePointSet property(String name, RegexText text) {
    return Property.named(name).orElseThrow(() -> text.wrong("uses \\p{" + name + "}"));
  }

  private static CodePointSet spaces() {
    return CodePointSet.builder().named(new CodePointSet.Space()).build();
  }

  static CodePointSet turned(CodePointSet set, boolean negative) {
    return negative ? CodePointSet.builder().add(set).negated(true).build() : set;
  }

  /// The set in brackets, after the consumed `[`.
  CodePointSet bracketed(boolean ignoresCase) {
    return bracketed(ignoresCase, 0);
  }

  private CodePointSet bracketed(boolean ignoresCase, int depth) {
    if (depth > DEEPEST) {
      throw text.wrong("nests more than " + DEEPEST + " classes");
    }
    boolean negative = text.take("^");
    var set = CodePointSet.builder().ignoringCase(ignoresCase);
    var whole = CodePointSet.builder().negated(negative);
    boolean first = true;
    boolean isCut = false;
    while (first || text.peek() != ']') {
      if (text.take("&&")) {
        whole = isCut ? whole.cutWith(set.build()) : whole.add(set.build());
        isCut = true;
        set = CodePointSet.builder().ignoringCase(ignoresCase);
      } else {
        member(set, ignoresCase, depth);
      }
      first = false;
    }
    text.next();
    return isCut ? whole.cutWith(set.build()).build() : set.negated(negative).build();
  }

  private void member(CodePointSet.Builder set, boolean ignoresCase, int depth) {
    if (text.take("[:")) {
      boolean negative = text.take("^");
      set.add(turned(posix(text.until(":]")), negative));
      return;
    }
    if (text.take("[")) {
      set.add(bracketed(ignoresCase, depth + 1));
      return;
    }
    int first = text.next();
    if (first == '\\') {
      int letter = text.next();
      boolean isWord = letter == 'w' || letter == 'W';
      Optional<CodePointSet> escaped =
          isWord ? Optional.of(turned(WORD_IN_BRACKETS, letter == 'W')) : escapedSet(letter);
      if (escaped.isPresent()) {
        set.add(escaped.get());
        return;
      }
      first = letter == 'b' ? '\b' : escapedCodePoint(letter);
    }
    int last = rangeEnd(first);
    if (last < first) {
      throw text.wrong(
          "has a range that ends before it begins: U+%04X to U+%04X".formatted(first, last));
    }
    set.range(first, last);
  }

  /// The end of a range that begins with `first`; `first` if no range follows.
  private int rangeEnd(int first) {
    int mark = text.mark();
    if (!text.take("-") || text.peek() == ']' || text.peek() == '[') {
      text.returnTo(mark);
      return first;
    }
    int last = text.next();
    if (last != '\\') {
      return last;
    }
    int letter = text.next();
    if ("sSdDwWpPhH".indexOf(letter) >= 0) {
      text.returnTo(mark); // `[\w-\d]`: a literal hyphen
      return first;
    }
    return escapedCodePoint(letter);
  }

  private CodePointSet posix(String name) {
    return switch (name) {
      case "punct" ->
          CodePointSet.builder().add(property("P", text)).add(property("S", text)).build();
      case "word" -> WORD_IN_BRACKETS;
      case "xdigit" -> HEXADECIMAL;
      case "digit", "alnum", "alpha", "upper", "lower", "space", "cntrl" -> property(name, text);
      default -> throw text.wrong("uses [:" + name + ":]");
    };
  }
}

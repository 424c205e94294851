package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.pattern.CharacterKind;

/// Character-by-character changes to text.
final class CaseFolding {
  private static final int CAPITAL_I_WITH_DOT = 0x130;

  private CaseFolding() {}

  /// Lower-cases each character by itself: without the special rule for a final sigma.
  static String lowerCase(String text) {
    var lower = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      lower.appendCodePoint(Character.toLowerCase(codePoint));
      if (codePoint == CAPITAL_I_WITH_DOT) {
        lower.append('\u0307'); // the one character with a two-character lower case
      }
      i += Character.charCount(codePoint);
    }
    return lower.toString();
  }

  static String strip(String text, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (right && to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /// Without the characters of general category M.
  static String withoutMarks(String text) {
    return without(
        text,
        codePoint ->
            switch (Character.getType(codePoint)) {
              case Character.NON_SPACING_MARK,
                  Character.COMBINING_SPACING_MARK,
                  Character.ENCLOSING_MARK ->
                  true;
              default -> false;
            });
  }

  /// Without the characters of general category Mn.
  static String withoutNonSpacingMarks(String text) {
    return without(text, codePoint -> Character.getType(codePoint) == Character.NON_SPACING_MARK);
  }

  /// As SentencePiece's rules for neural machine translation (`nmt`) clean text.
  static String translationText(String text) {
    var clean = new StringBuilder(text.length());
    text.codePoints()
        .filter(c -> !isTranslationControl(c))
        .forEach(c -> clean.appendCodePoint(isTranslationSpace(c) ? ' ' : c));
    return clean.toString();
  }

  private static boolean isTranslationControl(int c) {
    return (c >= 0x01 && c <= 0x08)
        || c == 0x0B
        || (c >= 0x0E && c <= 0x1F)
        || c == 0x7F
        || c == 0x8F
        || c == 0x9F;
  }

  private static boolean isTranslationSpace(int c) {
    return switch (c) {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
      default -> c >= 0x200B && c <= 0x200F;
    };
  }

  private static String without(String text, java.util.function.IntPredicate dropped) {
    var kept = new StringBuilder(text.length());
    text.codePoints().filter(dropped.negate()).forEach(kept::appendCodePoint);
    return kept.toString();
  }

  private static boolean isSpace(char character) {
    return CharacterKind.isSpace(CharacterKind.of(character));
  }
}

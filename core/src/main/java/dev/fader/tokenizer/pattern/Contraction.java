package dev.fader.tokenizer.pattern;

/// The English endings `'s 't 'm 'd 're 've 'll` that the patterns split off.
final class Contraction {
  private Contraction() {}

  /// The end of the lower-case ending at the apostrophe `at`, or `at` if there is none.
  static int lowerCaseEnd(byte[] text, int at, int end) {
    int first = at + 1 < end ? text[at + 1] : 0;
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return at + 2;
    }
    int second = at + 2 < end ? text[at + 2] : 0;
    return isPair(first, second) ? at + 3 : at;
  }

  /// As [#lowerCaseEnd], ignoring case; the long s (U+017F) then counts as an s.
  static int anyCaseEnd(byte[] text, int at, int end) {
    int first = at + 1 < end ? lowerCase(text[at + 1]) : 0;
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return at + 2;
    }
    int second = at + 2 < end ? lowerCase(text[at + 2]) : 0;
    if (first == (byte) 0xC5 && second == (byte) 0xBF) {
      return at + 3;
    }
    return isPair(first, second) ? at + 3 : at;
  }

  private static boolean isPair(int first, int second) {
    return ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
  }

  private static int lowerCase(byte letter) {
    return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
  }
}

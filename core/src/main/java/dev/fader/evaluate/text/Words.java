package dev.fader.evaluate.text;

import java.util.ArrayList;
import java.util.List;

/// Words between white space, which is what Python's `str.split` takes for it.
final class Words {
  private static final int NEXT_LINE = 0x85;

  private Words() {}

  static List<String> split(String text) {
    var words = new ArrayList<String>();
    int start = -1;
    for (int at = 0; at < text.length(); at++) {
      boolean space = isSpace(text.charAt(at));
      if (space && start >= 0) {
        words.add(text.substring(start, at));
        start = -1;
      } else if (!space && start < 0) {
        start = at;
      }
    }
    if (start >= 0) {
      words.add(text.substring(start));
    }
    return words;
  }

  /// Without white space at the end.
  static String stripEnd(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /// Without white space at both ends.
  static String strip(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return stripEnd(text.substring(start));
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == NEXT_LINE;
  }
}

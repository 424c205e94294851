package dev.fader.tokenizer.pattern;

import java.util.regex.PatternSyntaxException;

/// A regular expression being read, code point by code point.
final class RegexText {
  static final int END = -1;

  private final String regex;
  private int at;

  RegexText(String regex) {
    this.regex = regex;
  }

  /// The next code point, which stays, or [#END].
  int peek() {
    return at < regex.length() ? regex.codePointAt(at) : END;
  }

  int next() {
    int codePoint = peek();
    if (codePoint == END) {
      throw wrong("ends too early");
    }
    at += Character.charCount(codePoint);
    return codePoint;
  }

  /// Whether this comes next; then it is passed.
  boolean take(String what) {
    if (!regex.startsWith(what, at)) {
      return false;
    }
    at += what.length();
    return true;
  }

  boolean sees(String what) {
    return regex.startsWith(what, at);
  }

  /// What stands before the next `end`, which is passed, too.
  String until(String end) {
    int found = regex.indexOf(end, at);
    if (found < 0) {
      throw wrong("lacks a '" + end + "'");
    }
    String text = regex.substring(at, found);
    at = found + end.length();
    return text;
  }

  int mark() {
    return at;
  }

  void returnTo(int mark) {
    at = mark;
  }

  /// The complaint about what stands before the place reached.
  PatternSyntaxException wrong(String problem) {
    return new PatternSyntaxException(problem, regex, at);
  }
}

package dev.fader.tokenizer.pattern;

import java.util.regex.PatternSyntaxException;

/// Reads a regular expression code point by code point.
final class RegexText {
  static final int END = -1;

  private final String regex;
  private int at;

  RegexText(String regex) {
    this.regex = regex;
  }

  /// The next code point without consuming it, or [#END].
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

  /// Consumes this text if it comes next.
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

  /// The text before the next `end`, which is consumed too.
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

  /// An exception at the current position.
  PatternSyntaxException wrong(String problem) {
    return new PatternSyntaxException(problem, regex, at);
  }
}

package dev.fader.template.syntax;

/// A number literal: `12`, `1_000`, `0x1f`, `1.5e-3`, without a sign.
public record NumberLiteral(TokenKind kind, String digits, int end) {
  /// The limit for decimal integers, as in Python: conversion takes quadratic time.
  public static final int MOST_DIGITS = 4300;

  static boolean startsAt(String source, int at) {
    return isDigit(source, at);
  }

  static NumberLiteral at(String source, int at) {
    char radix = at + 1 < source.length() ? Character.toLowerCase(source.charAt(at + 1)) : 0;
    if (source.charAt(at) == '0' && (radix == 'x' || radix == 'o' || radix == 'b')) {
      int base = radix == 'x' ? 16 : radix == 'o' ? 8 : 2;
      int end = digits(source, at + 2, base);
      if (end > at + 2) {
        return new NumberLiteral(TokenKind.WHOLE, source.substring(at, end).replace("_", ""), end);
      }
    }
    int end = digits(source, at, 10);
    boolean real = false;
    // 'a.1.2' is two item accesses; '1.2' is a number.
    boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
    if (!afterDot
        && end < source.length()
        && source.charAt(end) == '.'
        && isDigit(source, end + 1)) {
      end = digits(source, end + 1, 10);
      real = true;
    }
    int exponent = afterDot ? -1 : exponent(source, end);
    if (exponent > 0) {
      end = exponent;
      real = true;
    }
    return new NumberLiteral(
        real ? TokenKind.REAL : TokenKind.WHOLE, source.substring(at, end).replace("_", ""), end);
  }

  /// The position after the exponent at this place, or -1.
  private static int exponent(String source, int at) {
    if (at >= source.length() || Character.toLowerCase(source.charAt(at)) != 'e') {
      return -1;
    }
    int digits = at + 1;
    if (digits < source.length() && "+-".indexOf(source.charAt(digits)) >= 0) {
      digits++;
    }
    return isDigit(source, digits) ? digits(source, digits, 10) : -1;
  }

  private static boolean isDigit(String source, int at) {
    return at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '9';
  }

  /// The position after the digits at this place, with single underscores between them.
  private static int digits(String source, int from, int base) {
    int at = from;
    while (at < source.length()) {
      char c = source.charAt(at);
      boolean underscore =
          c == '_' && at + 1 < source.length() && isDigit(source.charAt(at + 1), base);
      if (!underscore && !isDigit(c, base)) {
        break;
      }
      at++;
    }
    return at;
  }

  private static boolean isDigit(char c, int base) {
    return c < 128 && Character.digit(c, base) >= 0;
  }
}

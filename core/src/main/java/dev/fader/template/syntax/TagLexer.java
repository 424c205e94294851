package dev.fader.template.syntax;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Splits the content of one tag into tokens.
final class TagLexer {
  private final String source;
  private final TokenKind end;
  private final Deque<Character> open = new ArrayDeque<>();
  private int at;
  private int line;
  private char sign;

  TagLexer(String source, int at, int line, TokenKind end) {
    this.source = source;
    this.at = at;
    this.line = line;
    this.end = end;
  }

  /// The position after the end of the tag.
  int place() {
    return at;
  }

  int line() {
    return line;
  }

  /// `-` or `+` if it precedes the end, else 0.
  char sign() {
    return sign;
  }

  void run(List<Token> tokens) {
    var close = end == TokenKind.BLOCK_END ? "%}" : "}}";
    while (at < source.length()) {
      if (open.isEmpty() && ends(close)) {
        tokens.add(new Token(end, "", line));
        return;
      }
      char next = source.charAt(at);
      if (Characters.isSpace(next)) {
        line += next == '\n' ? 1 : 0;
        at++;
      } else if (next == '\'' || next == '"') {
        string(tokens, next);
      } else if (NumberLiteral.startsAt(source, at)) {
        var number = NumberLiteral.at(source, at);
        tokens.add(new Token(number.kind(), number.digits(), line));
        at = number.end();
      } else if (isWord(source.codePointAt(at))) {
        name(tokens);
      } else {
        operator(tokens);
      }
    }
    throw new TemplateSyntaxException(
        "a tag has no %s: close it".formatted(end.description()), line);
  }

  private boolean ends(String close) {
    boolean minus = source.charAt(at) == '-' && source.startsWith(close, at + 1);
    boolean plus =
        end == TokenKind.BLOCK_END && source.charAt(at) == '+' && source.startsWith(close, at + 1);
    if (minus || plus) {
      sign = source.charAt(at);
      at += 3;
      return true;
    }
    if (source.startsWith(close, at)) {
      at += 2;
      return true;
    }
    return false;
  }

  private static boolean isWord(int codePoint) {
    return codePoint == '_' || Character.isLetterOrDigit(codePoint);
  }

  private void name(List<Token> tokens) {
    int from = at;
    if (!Character.isUnicodeIdentifierStart(source.codePointAt(at)) && source.charAt(at) != '_') {
      throw new TemplateSyntaxException(
          "'%s' begins neither a name nor a number".formatted(source.charAt(at)), line);
    }
    while (at < source.length() && isWord(source.codePointAt(at))) {
      at += Character.charCount(source.codePointAt(at));
    }
    tokens.add(new Token(TokenKind.NAME, source.substring(from, at), line));
  }

  private void string(List<Token> tokens, char quote) {
    int close = at + 1;
    while (close < source.length() && source.charAt(close) != quote) {
      close += source.charAt(close) == '\\' ? 2 : 1;
    }
    if (close >= source.length()) {
      throw new TemplateSyntaxException(
          "a string has no closing %c: close it".formatted(quote), line);
    }
    var literal = source.substring(at + 1, close);
    tokens.add(new Token(TokenKind.STRING, StringLiteral.value(literal, line), line));
    line += (int) literal.chars().filter(c -> c == '\n').count();
    at = close + 1;
  }

  private void operator(List<Token> tokens) {
    var found = TokenKind.operatorAt(source, at, line);
    if (found.isEmpty()) {
      throw new TemplateSyntaxException(
          "unexpected character '%s' in a tag"
              .formatted(Characters.printable(source.codePointAt(at))),
          line);
    }
    var operator = found.get();
    tokens.add(operator);
    at += operator.text().length();
    switch (operator.kind()) {
      case LEFT_BRACE -> open.push('}');
      case LEFT_PARENTHESIS -> open.push(')');
      case LEFT_BRACKET -> open.push(']');
      case RIGHT_BRACE, RIGHT_PARENTHESIS, RIGHT_BRACKET -> {
        if (open.isEmpty() || open.pop() != operator.text().charAt(0)) {
          throw new TemplateSyntaxException(
              "'%s' closes nothing that is open".formatted(operator.text()), line);
        }
      }
      default -> {}
    }
  }
}

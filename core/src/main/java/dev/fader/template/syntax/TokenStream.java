package dev.fader.template.syntax;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The tokens of a template, and the state of the parsers.
final class TokenStream {
  /// Nesting limit of expressions and blocks; Jinja itself gives up earlier.
  private static final int DEEPEST = 100;

  private static final Set<String> MACRO_NAMES = Set.of("caller", "varargs", "kwargs");

  private final List<Token> tokens;
  private final Deque<Set<String>> macros = new ArrayDeque<>();
  private int at;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  Token following() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  int line() {
    return current().line();
  }

  Token next() {
    var token = current();
    if (token.kind() != TokenKind.END) {
      at++;
    }
    return token;
  }

  boolean is(TokenKind kind) {
    return current().kind() == kind;
  }

  boolean is(String name) {
    return current().is(name);
  }

  boolean skip(TokenKind kind) {
    boolean found = is(kind);
    if (found) {
      next();
    }
    return found;
  }

  boolean skip(String name) {
    boolean found = is(name);
    if (found) {
      next();
    }
    return found;
  }

  Token expect(TokenKind kind) {
    if (!is(kind)) {
      throw problem("expected %s, got %s".formatted(kind.description(), current().description()));
    }
    return next();
  }

  void expect(String name) {
    if (!skip(name)) {
      throw problem("expected '%s', got %s".formatted(name, current().description()));
    }
  }

  TemplateSyntaxException problem(String message) {
    return new TemplateSyntaxException(message, line());
  }

  void enter() {
    if (++depth > DEEPEST) {
      throw problem("expressions or blocks more than %d deep within each other".formatted(DEEPEST));
    }
  }

  void leave() {
    depth--;
  }

  void beginMacro() {
    macros.push(new HashSet<>());
  }

  /// Which of the special names were used since its beginning.
  Set<String> endMacro() {
    return Set.copyOf(macros.pop());
  }

  void used(String name) {
    if (!macros.isEmpty() && MACRO_NAMES.contains(name)) {
      macros.element().add(name);
    }
  }
}

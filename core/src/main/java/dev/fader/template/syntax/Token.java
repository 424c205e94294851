package dev.fader.template.syntax;

/// A piece of the source.
///
/// @param text a name, or what a literal says
/// @param line counted from 1
record Token(TokenKind kind, String text, int line) {
  boolean is(String name) {
    return kind == TokenKind.NAME && text.equals(name);
  }

  /// How errors call it.
  String description() {
    return switch (kind) {
      case NAME, WHOLE, REAL -> "'" + text + "'";
      default -> kind.description();
    };
  }
}

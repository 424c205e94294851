package dev.fader.template.syntax;

/// A token of the source.
///
/// @param text a name, or the value of a literal
/// @param line counted from 1
record Token(TokenKind kind, String text, int line) {
  boolean is(String name) {
    return kind == TokenKind.NAME && text.equals(name);
  }

  /// Its name in errors.
  String description() {
    return switch (kind) {
      case NAME, WHOLE, REAL -> "'" + text + "'";
      default -> kind.description();
    };
  }
}

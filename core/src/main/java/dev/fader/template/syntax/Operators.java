package dev.fader.template.syntax;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Operators and punctuation.
final class Operators {
  private static final Map<String, TokenKind> KINDS = kinds();

  private Operators() {}

  record Found(TokenKind kind, String text) {}

  private static Map<String, TokenKind> kinds() {
    var kinds = new LinkedHashMap<String, TokenKind>();
    for (var kind : TokenKind.values()) {
      if (kind.isOperator()) {
        kinds.put(kind.description().substring(1, kind.description().length() - 1), kind);
      }
    }
    return kinds;
  }

  /// The longest operator that stands here.
  static Optional<Found> at(String source, int place) {
    for (int length = 2; length > 0; length--) {
      if (place + length <= source.length()) {
        var text = source.substring(place, place + length);
        var kind = KINDS.get(text);
        if (kind != null) {
          return Optional.of(new Found(kind, text));
        }
      }
    }
    return Optional.empty();
  }
}

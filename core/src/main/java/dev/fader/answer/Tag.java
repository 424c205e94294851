package dev.fader.answer;

import java.util.OptionalInt;

/// A text that begins or ends a part of an answer.
///
/// @param id of the token that writes it, if there is one: then only this token does, and the same
///   letters by others are just letters
record Tag(String text, OptionalInt id) {
  /// A tag that any tokens write.
  static Tag ofLetters(String text) {
    return new Tag(text, OptionalInt.empty());
  }

  /// Whether only a token of its own writes it.
  boolean isToken() {
    return id.isPresent();
  }
}

package dev.fader.answer;

import dev.fader.answer.JsonScanner.Place;
import java.util.Optional;

/// Hands on the JSON text of arguments, letter by letter.
final class JsonArguments {
  private final JsonScanner scanner = new JsonScanner();

  /// What to write for the next letter; empty if it cannot come here.
  Optional<String> accept(char letter) {
    boolean inString = scanner.isInString();
    if (scanner.place() == Place.VALUE && scanner.depth() == 0) {
      if (JsonScanner.isSpace(letter)) {
        return Optional.of("");
      }
      if (letter != '{') {
        return Optional.empty();
      }
    }
    if (!scanner.accept(letter)) {
      return Optional.empty();
    }
    return Optional.of(inString ? JsonStrings.withoutControl(letter) : String.valueOf(letter));
  }

  boolean isDone() {
    return scanner.isDone();
  }

  boolean isInString() {
    return scanner.isInString();
  }
}

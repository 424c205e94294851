package dev.fader.generate;

import java.util.List;
import java.util.Optional;

/// Finds stop strings in streamed text, also across token boundaries. Text that could still become
/// a stop string is held back.
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private Optional<String> found = Optional.empty();

  StopStrings(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /// Adds the next piece and returns the text that can be emitted now; nothing after a stop string.
  String accept(String piece) {
    if (found.isPresent()) {
      return "";
    }
    held.append(piece);
    int first = -1;
    for (var stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
        found = Optional.of(stop);
      }
    }
    if (first >= 0) {
      return take(first);
    }
    return take(held.length() - unfinished());
  }

  /// The text held back, at the end of the stream.
  String finish() {
    return found.isPresent() ? "" : take(held.length());
  }

  /// The stop string that was written, if one was: the one that begins first.
  Optional<String> found() {
    return found;
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /// The length of the longest suffix of the held text that is a prefix of a stop string.
  private int unfinished() {
    int longest = 0;
    for (var stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (held.substring(held.length() - n).equals(stop.substring(0, n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}

package dev.fader.generate;

import java.util.List;

/// Looks for stop strings in a text that arrives in pieces, wherever token borders fall. Text that
/// could still become a stop string is held back.
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopStrings(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /// Takes the next piece and returns the text that is certain now; nothing after a stop string.
  String accept(String piece) {
    if (found) {
      return "";
    }
    held.append(piece);
    int first = -1;
    for (var stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    if (first >= 0) {
      found = true;
      return take(first);
    }
    return take(held.length() - unfinished());
  }

  /// The text held back, when no more comes.
  String finish() {
    return found ? "" : take(held.length());
  }

  boolean found() {
    return found;
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /// The length of the longest end of the held text that is the beginning of a stop string.
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

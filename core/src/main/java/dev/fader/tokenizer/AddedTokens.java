package dev.fader.tokenizer;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds added tokens in text: the leftmost first, the longest of those that start at one place.
final class AddedTokens {
  private final Map<Character, List<AddedToken>> byFirst = new HashMap<>(); // longest first
  private final BitSet firsts = new BitSet();

  AddedTokens(List<AddedToken> tokens) {
    for (AddedToken token : tokens) {
      if (!token.content().isEmpty()) {
        char first = token.content().charAt(0);
        firsts.set(first);
        byFirst.computeIfAbsent(first, key -> new ArrayList<>()).add(token);
      }
    }
    var longestFirst = Comparator.comparingInt((AddedToken token) -> -token.content().length());
    byFirst.values().forEach(sharing -> sharing.sort(longestFirst));
  }

  /// A token found at `[from, to)` of a text, swallowed white space included.
  record Match(AddedToken token, int from, int to) {}

  boolean isEmpty() {
    return byFirst.isEmpty();
  }

  /// The first match at or after `start`.
  Optional<Match> next(String text, int start) {
    for (int at = start; at < text.length(); at++) {
      if (!firsts.get(text.charAt(at))) {
        continue;
      }
      Optional<AddedToken> found = longestAt(text, at);
      if (found.isEmpty()) {
        continue;
      }
      AddedToken token = found.get();
      int end = at + token.content().length();
      if (token.matching().singleWord() && touchesWord(text, at, end)) {
        at = end - 1;
        continue;
      }
      return Optional.of(withSpace(token, text, new int[] {start, at, end}));
    }
    return Optional.empty();
  }

  private Optional<AddedToken> longestAt(String text, int at) {
    for (AddedToken token : byFirst.getOrDefault(text.charAt(at), List.of())) {
      if (text.startsWith(token.content(), at)) {
        return Optional.of(token);
      }
    }
    return Optional.empty();
  }

  private static boolean touchesWord(String text, int from, int to) {
    return (from > 0 && isWord(text.codePointBefore(from)))
        || (to < text.length() && isWord(text.codePointAt(to)));
  }

  private static boolean isWord(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.CONNECTOR_PUNCTUATION ->
          true;
      default -> Character.isAlphabetic(codePoint);
    };
  }

  private static Match withSpace(AddedToken token, String text, int[] span) {
    int from = span[1];
    int to = span[2];
    if (token.matching().takesSpaceBefore()) {
      while (from > span[0] && isSpace(text.charAt(from - 1))) {
        from--;
      }
    }
    if (token.matching().takesSpaceAfter()) {
      while (to < text.length() && isSpace(text.charAt(to))) {
        to++;
      }
    }
    return new Match(token, from, to);
  }

  private static boolean isSpace(char character) {
    return CharacterKind.isSpace(CharacterKind.of(character));
  }
}

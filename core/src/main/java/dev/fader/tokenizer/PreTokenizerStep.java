package dev.fader.tokenizer;

import dev.fader.tokenizer.pattern.TextPattern;

/// One step of cutting text into words.
sealed interface PreTokenizerStep {
  /// Cuts every word at the matches of a pattern.
  record Split(TextPattern pattern, SplitBehavior behavior, boolean inverted)
      implements PreTokenizerStep {
    /// Whether its words are the matches of a pattern that covers the whole text.
    boolean isCovering() {
      boolean keepsMatches =
          inverted ? behavior == SplitBehavior.REMOVED : behavior == SplitBehavior.ISOLATED;
      return keepsMatches && pattern.covering().isPresent();
    }
  }

  /// Puts a space before every word that does not begin with one.
  record PrefixSpace() implements PreTokenizerStep {}

  /// Writes every byte in the [ByteAlphabet].
  record Alphabet() implements PreTokenizerStep {}

  /// Writes another character for spaces, puts it before words and cuts in front of it.
  record Metaspace(String space, Prefix prefix, boolean split) implements PreTokenizerStep {}

  /// Which words get a space in front, unless they have one.
  enum Prefix {
    ALWAYS,
    FIRST,
    NEVER
  }

  /// Cuts every so many characters.
  record FixedLength(int length) implements PreTokenizerStep {}

  /// Cuts where the script changes; Japanese is one script, spaces belong to what is before.
  record Scripts() implements PreTokenizerStep {}
}

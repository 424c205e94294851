package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.pattern.TextPattern;

/// One step of cutting text into words.
public sealed interface PreTokenizerStep {
  /// Cuts every word at the matches of a pattern.
  record Split(TextPattern pattern, SplitBehavior behavior, boolean inverted)
      implements PreTokenizerStep {
    /// Whether both cut every word into the same words.
    boolean cutsLike(Split other) {
      if (behavior == SplitBehavior.CONTIGUOUS && other.behavior == SplitBehavior.ISOLATED) {
        return other.pattern.isRunOf(pattern);
      }
      if (behavior == SplitBehavior.ISOLATED && other.behavior == SplitBehavior.CONTIGUOUS) {
        return other.cutsLike(this);
      }
      return pattern.isSame(other.pattern)
          && ((behavior == other.behavior && (inverted == other.inverted || isSymmetric()))
              || (isolates() && other.isolates()));
    }

    /// Whether matches and what lies between them are both words, so that `inverted` changes
    /// nothing.
    private boolean isSymmetric() {
      return behavior == SplitBehavior.ISOLATED || behavior == SplitBehavior.CONTIGUOUS;
    }

    /// Whether each match is a word and so is what lies between matches, if anything does.
    private boolean isolates() {
      return behavior == SplitBehavior.ISOLATED
          || (behavior == SplitBehavior.REMOVED && inverted && pattern.coversText());
    }

    /// Whether its words are the matches of a pattern that covers the whole text.
    boolean isCovering() {
      boolean keepsMatches =
          inverted ? behavior == SplitBehavior.REMOVED : behavior == SplitBehavior.ISOLATED;
      return keepsMatches && pattern.covering().isPresent();
    }
  }

  /// Puts a space before every word that does not begin with one.
  record AddPrefixSpace() implements PreTokenizerStep {}

  /// Writes every byte in the [dev.fader.tokenizer.model.ByteAlphabet].
  record ByteLevel() implements PreTokenizerStep {}

  /// Writes another character for spaces, puts it before words and cuts in front of it.
  record Metaspace(String space, PrependScheme prefix, boolean split) implements PreTokenizerStep {}

  /// Which words get a space in front, unless they have one.
  enum PrependScheme {
    ALWAYS,
    FIRST,
    NEVER
  }

  /// Cuts every so many characters.
  record FixedLength(int length) implements PreTokenizerStep {}

  /// Cuts where the script changes; Japanese is one script, spaces belong to what is before.
  record UnicodeScripts() implements PreTokenizerStep {}
}

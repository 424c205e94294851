package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.pattern.TextPattern;

/// One step of splitting text into words.
public sealed interface PreTokenizerStep {
  /// Splits every word at the matches of a pattern.
  record Split(TextPattern pattern, SplitBehavior behavior, boolean inverted)
      implements PreTokenizerStep {
    /// Whether both split every word into the same words.
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

    /// Whether matches and the text between them are both words, so that `inverted` has no effect.
    private boolean isSymmetric() {
      return behavior == SplitBehavior.ISOLATED || behavior == SplitBehavior.CONTIGUOUS;
    }

    /// Whether each match is a word, and so is the text between matches.
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

  /// Prepends a space to every word that does not begin with one.
  record AddPrefixSpace() implements PreTokenizerStep {}

  /// Writes every byte in the [dev.fader.tokenizer.model.ByteAlphabet].
  record ByteLevel() implements PreTokenizerStep {}

  /// Replaces spaces by a symbol, prepends it to words and splits before it.
  record Metaspace(String space, PrependScheme prefix, boolean split) implements PreTokenizerStep {}

  /// Which words get a space prepended, unless they have one.
  enum PrependScheme {
    ALWAYS,
    FIRST,
    NEVER
  }

  /// Splits after every so many characters.
  record FixedLength(int length) implements PreTokenizerStep {}

  /// Splits where the script changes; Japanese counts as one script, spaces belong to the text
  /// before them.
  record UnicodeScripts() implements PreTokenizerStep {}
}

package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;

/// Drafts tokens that may come next, for speculative decoding: the model reads them all in one pass
/// and keeps those that it would have written itself. The text is then the same as without, or has
/// the same distribution, and takes fewer passes.
///
/// Belongs to one [Generator] or [ChatSession] at a time, like the session beside it.
public abstract sealed class Drafter permits NgramDrafter, ModelDrafter {
  /// Most tokens of a draft: with the token before them they are as many as one pass computes bit
  /// by bit as it would compute each alone.
  public static final int MOST_TOKENS = 15;

  private final int draftTokens;

  /// @param draftTokens tokens of a draft at most
  Drafter(int draftTokens) {
    requireDraftTokens(draftTokens);
    this.draftTokens = draftTokens;
  }

  /// Makes sure that drafts can be of so many tokens.
  ///
  /// @throws IllegalArgumentException if they cannot
  public static void requireDraftTokens(int draftTokens) {
    if (draftTokens < 1 || draftTokens > MOST_TOKENS) {
      throw new IllegalArgumentException(
          "`draftTokens` is %d, and must be from 1 to %d".formatted(draftTokens, MOST_TOKENS));
    }
  }

  /// Tokens of a draft at most.
  public final int draftTokens() {
    return draftTokens;
  }

  /// Makes sure that the drafted tokens mean the same to the model.
  ///
  /// @throws IllegalArgumentException if they do not
  abstract void requireVocabulary(int size, Optional<Tokenizer> tokenizer);

  /// Begins a text.
  abstract void begin(DraftedText drafted);

  /// Drafts what may follow the first `length` tokens of `text`, which has room for the draft after
  /// them.
  abstract void draft(Draft draft, int[] text, int length);
}

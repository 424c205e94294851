package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;

/// The vocabulary of a model that drafts. It remembers the tokenizer that it was found to agree
/// with last, so that a text need not compare all tokens again. Safe for use by several threads.
public final class DraftVocabulary {
  private final Optional<Tokenizer> tokenizer;
  private volatile Optional<Tokenizer> same = Optional.empty();

  /// @param tokenizer of the draft model, if it has one
  public DraftVocabulary(Optional<Tokenizer> tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// @throws IllegalArgumentException unless each id is the same token in `target`
  void require(Tokenizer target) {
    if (same.isPresent() && same.get() == target) {
      return;
    }
    if (tokenizer.isEmpty()) {
      throw new IllegalArgumentException(
          "the draft model has no tokenizer: it must have the model's; name another, or draft by"
              + " n-grams");
    }
    requireSame(tokenizer.get(), target);
    same = Optional.of(target);
  }

  private static void requireSame(Tokenizer own, Tokenizer target) {
    int most = Math.max(own.vocabularySize(), target.vocabularySize());
    for (int id = 0; id < most; id++) {
      boolean inBoth = id < own.vocabularySize() && id < target.vocabularySize();
      if (!inBoth || !Arrays.equals(own.bytes(id), target.bytes(id))) {
        throw new IllegalArgumentException(
            "token %d of the draft model is not that of the model: a draft model must have the"
                    .formatted(id)
                + " model's tokenizer; name another, or draft by n-grams");
      }
    }
  }
}

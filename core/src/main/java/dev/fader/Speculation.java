package dev.fader;

import dev.fader.generate.Drafter;

/// Speculative decoding: tokens that may come next are drafted cheaply, and the model reads several
/// in one pass in place of one. The text stays as it is: the same where decoding is greedy, of the
/// same distribution where it samples. It pays where drafts are often right;
/// [dev.fader.generate.Acceptance] says how often.
public sealed interface Speculation {
  /// Tokens of a draft at most: from 1 to 15.
  int draftTokens();

  /// Drafts what followed the last tokens where they stood before in the text, as prompt lookup
  /// decoding does (Saxena 2023): for texts that repeat their prompt, such as summaries and edits.
  static Speculation ngrams() {
    return new Ngrams(8);
  }

  /// Drafts with a smaller model of the same vocabulary, which stays open as long as it is used
  /// (Leviathan et al. 2023, arXiv:2211.17192).
  static Speculation draftModel(LanguageModel model) {
    return new DraftModel(model, 5);
  }

  /// The same with another length of drafts.
  default Speculation withDraftTokens(int other) {
    return switch (this) {
      case Ngrams _ -> new Ngrams(other);
      case DraftModel(var model, _) -> new DraftModel(model, other);
    };
  }

  /// See [#ngrams].
  record Ngrams(int draftTokens) implements Speculation {
    /// @throws IllegalArgumentException if the number is out of range
    public Ngrams {
      Drafter.requireDraftTokens(draftTokens);
    }
  }

  /// See [#draftModel].
  record DraftModel(LanguageModel model, int draftTokens) implements Speculation {
    /// @throws IllegalArgumentException if the number is out of range
    public DraftModel {
      Drafter.requireDraftTokens(draftTokens);
    }
  }
}

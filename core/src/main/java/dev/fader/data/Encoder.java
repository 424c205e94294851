package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;

/// What turns a corpus into token ids.
///
/// @param tokenizer what text goes through; empty if there is none, and then only ids can be
///   learned from
/// @param vocabularySize the model's: every id is below it. It may be larger than the tokenizer's
public record Encoder(Optional<Tokenizer> tokenizer, int vocabularySize) {
  /// @throws IllegalArgumentException if the vocabulary is empty or smaller than the tokenizer's
  public Encoder {
    int needed = tokenizer.map(Tokenizer::vocabularySize).orElse(1);
    if (vocabularySize < needed) {
      throw new IllegalArgumentException(
          "a vocabulary of %d cannot hold the %d tokens there are"
              .formatted(vocabularySize, needed));
    }
  }

  /// The tokenizer and a vocabulary of just its size.
  public static Encoder of(Tokenizer tokenizer) {
    return new Encoder(Optional.of(tokenizer), tokenizer.vocabularySize());
  }

  /// No tokenizer: the corpus must hold ids.
  public static Encoder ofIds(int vocabularySize) {
    return new Encoder(Optional.empty(), vocabularySize);
  }

  Framing framing() {
    return tokenizer.map(Framing::of).orElse(Framing.NONE);
  }

  String fingerprint() {
    return tokenizer.map(Tokenizer::fingerprint).orElse("ids") + " " + vocabularySize;
  }
}

package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;

/// How a corpus becomes token ids.
///
/// @param tokenizer of the text; empty where the corpus holds ids
/// @param vocabularySize of the model, above every id; may be larger than the tokenizer's
public record Encoder(Optional<Tokenizer> tokenizer, int vocabularySize) {
  /// @throws IllegalArgumentException if the vocabulary is empty or smaller than the tokenizer's
  public Encoder {
    int needed = tokenizer.map(Tokenizer::vocabularySize).orElse(1);
    if (vocabularySize < needed) {
      throw new IllegalArgumentException(
          "a vocabulary of %d is smaller than the tokenizer's %d"
              .formatted(vocabularySize, needed));
    }
  }

  /// A tokenizer with its own vocabulary size.
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

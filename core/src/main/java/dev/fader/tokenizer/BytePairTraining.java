package dev.fader.tokenizer;

/// How to train a byte-level BPE tokenizer.
///
/// @param vocabularySize the largest vocabulary to build, including the 256 bytes and
///   `<|endoftext|>`
/// @param minimumCount pairs seen less often than this are not merged
public record BytePairTraining(int vocabularySize, int minimumCount) {
  /// The 256 bytes and `<|endoftext|>`.
  public static final int SMALLEST_VOCABULARY = 257;

  /// @throws IllegalArgumentException if the vocabulary is too small for the bytes and
  ///   `<|endoftext|>`, or the count is not positive
  public BytePairTraining {
    if (vocabularySize < SMALLEST_VOCABULARY) {
      throw new IllegalArgumentException(
          "a BPE vocabulary of %d is too small: the 256 bytes and %s need %d"
              .formatted(vocabularySize, Tokenizer.END_OF_TEXT, SMALLEST_VOCABULARY));
    }
    if (minimumCount < 1) {
      throw new IllegalArgumentException("minimum pair count " + minimumCount + " is not positive");
    }
  }

  /// Training to `vocabularySize` tokens; a pair is merged if it was seen at least twice.
  public static BytePairTraining ofSize(int vocabularySize) {
    return new BytePairTraining(vocabularySize, 2);
  }
}

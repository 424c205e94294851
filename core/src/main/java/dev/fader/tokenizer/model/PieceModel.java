package dev.fader.tokenizer.model;

/// Encodes words as ids: the `model` of a `tokenizer.json`.
public sealed interface PieceModel
    permits BytePairModel, UnigramModel, WordLevelModel, WordPieceModel {
  /// Appends the ids of the word `[from, to)` of the encoding's text.
  void encode(Encoding encoding, int from, int to);
}

package dev.fader.tokenizer.model;

/// Turns words into ids: the `model` of a `tokenizer.json`.
public sealed interface PieceModel
    permits BytePairModel, UnigramModel, WordLevelModel, WordPieceModel {
  /// Adds the ids of the word `[from, to)` of the encoding's text to it.
  void encode(Encoding encoding, int from, int to);
}

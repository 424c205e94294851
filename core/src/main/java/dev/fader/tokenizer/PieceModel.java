package dev.fader.tokenizer;

/// Turns words into ids: the `model` of a `tokenizer.json`.
sealed interface PieceModel permits BytePairModel, UnigramModel, WordModel, WordPieceModel {
  /// Adds the ids of the word `[from, to)` of the encoding's text to it.
  void encode(Encoding encoding, int from, int to);
}

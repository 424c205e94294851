package dev.fader.tokenizer;

/// From the bytes of a piece to its id.
@FunctionalInterface
interface PieceIndex {
  /// The id of the piece `text[from, to)`, or -1.
  int find(byte[] text, int from, int to);
}

package dev.fader.tokenizer.model;

/// From the bytes of a piece to its id.
@FunctionalInterface
public interface PieceIndex {
  /// The id of the piece `text[from, to)`, or -1.
  int find(byte[] text, int from, int to);
}

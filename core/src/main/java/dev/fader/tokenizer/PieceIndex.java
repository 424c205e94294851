package dev.fader.tokenizer;

import java.util.Arrays;

/// From the bytes of a piece to its id.
final class PieceIndex {
  private final ByteStrings strings = new ByteStrings();
  private int[] ids = new int[256];

  /// Adds a piece; the first of two with the same bytes stays.
  void add(byte[] piece, int id) {
    int number = strings.number(piece, 0, piece.length);
    if (number == strings.size() - 1) {
      if (number == ids.length) {
        ids = Arrays.copyOf(ids, 2 * ids.length);
      }
      ids[number] = id;
    }
  }

  /// The id of the piece `text[from, to)`, or -1.
  int find(byte[] text, int from, int to) {
    int number = strings.find(text, from, to);
    return number < 0 ? -1 : ids[number];
  }
}

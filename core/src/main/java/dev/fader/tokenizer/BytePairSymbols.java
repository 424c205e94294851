package dev.fader.tokenizer;

/// What merging starts from: the pieces of single bytes or characters.
final class BytePairSymbols {
  private final PieceIndex pieces;
  private final int[] bytes;
  private final Options options;

  /// @param pieces the model's pieces by their bytes
  /// @param bytes the ids of the 256 byte pieces, -1 where there is none; in a byte-level model
  ///   every word is split into these, else they stand for characters without a piece
  /// @param options what the model does with a word that is a piece, and with unknown characters
  BytePairSymbols(PieceIndex pieces, int[] bytes, Options options) {
    this.pieces = pieces;
    this.bytes = bytes;
    this.options = options;
  }

  /// @param byteLevel whether words are split into bytes rather than characters
  /// @param wholeWords whether a word that is a piece is taken whole, without merges (Llama 3's
  ///   `ignore_merges`)
  /// @param unknown the id of what can be written neither as a character nor in bytes, or -1
  /// @param fuseUnknown whether neighbouring unknown characters share one id
  record Options(boolean byteLevel, boolean wholeWords, int unknown, boolean fuseUnknown) {}

  /// Splits the word `[from, to)` of the encoding's text into pieces to merge.
  void split(Encoding encoding, int from, int to) {
    Merging merging = encoding.merging;
    merging.start(to - from);
    if (options.wholeWords) {
      int whole = pieces.find(encoding.text, from, to);
      if (whole >= 0) {
        merging.add(whole);
        return;
      }
    }
    if (options.byteLevel) {
      splitBytes(encoding, from, to);
    } else {
      splitCharacters(encoding, from, to);
    }
  }

  private void splitBytes(Encoding encoding, int from, int to) {
    for (int at = from; at < to; at++) {
      int id = bytes[encoding.text[at] & 0xFF];
      if (id < 0) {
        throw new TokenizerException(
            "byte 0x%02X has no piece in the tokenizer's vocabulary; its tokenizer.json is incomplete"
                .formatted(encoding.text[at]));
      }
      encoding.merging.add(id);
    }
  }

  private void splitCharacters(Encoding encoding, int from, int to) {
    byte[] text = encoding.text;
    boolean afterUnknown = false;
    int next;
    for (int at = from; at < to; at = next) {
      next = at + Utf8.length(text, at);
      int id = pieces.find(text, at, next);
      boolean isUnknown = false;
      if (id >= 0) {
        encoding.merging.add(id);
      } else if (!addBytes(encoding, at, next)) {
        isUnknown = true;
        addUnknown(encoding, at, afterUnknown);
      }
      afterUnknown = isUnknown;
    }
  }

  private boolean addBytes(Encoding encoding, int from, int to) {
    for (int at = from; at < to; at++) {
      if (bytes[encoding.text[at] & 0xFF] < 0) {
        return false;
      }
    }
    for (int at = from; at < to; at++) {
      encoding.merging.add(bytes[encoding.text[at] & 0xFF]);
    }
    return true;
  }

  private void addUnknown(Encoding encoding, int at, boolean afterUnknown) {
    if (options.unknown < 0) {
      throw encoding.unknownCharacter(at);
    }
    if (!(afterUnknown && options.fuseUnknown)) {
      encoding.merging.add(options.unknown);
    }
  }
}

package dev.fader.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// How pieces become text again: the `decoder` of a `tokenizer.json`.
///
/// @param byteLevel whether pieces are written in the [ByteAlphabet]
/// @param byteFallback whether pieces like `<0x0A>` are bytes
/// @param replacements what is replaced in each piece, in order
/// @param leadingSpaces how many spaces are taken from the start of the text, if they are there
/// @param separated whether pieces are joined with spaces, as where a file has no decoder
record PieceDecoding(
    boolean byteLevel,
    boolean byteFallback,
    List<Normalization.Replace> replacements,
    int leadingSpaces,
    boolean separated) {

  /// The bytes of every id. An added token stands for its own text, whatever its characters would
  /// mean in a piece.
  byte[][] allBytes(Vocabulary vocabulary, List<AddedToken> added) {
    var all = new byte[vocabulary.size()][];
    for (int id = 0; id < all.length; id++) {
      all[id] = bytes(vocabulary.piece(id));
    }
    for (AddedToken token : added) {
      all[token.id()] = token.content().getBytes(StandardCharsets.UTF_8);
    }
    return all;
  }

  /// The bytes that a piece of the model stands for.
  private byte[] bytes(String piece) {
    if (byteLevel && ByteAlphabet.canRead(piece)) {
      return ByteAlphabet.read(piece);
    }
    if (byteFallback) {
      int value = fallbackByte(piece);
      if (value >= 0) {
        return new byte[] {(byte) value};
      }
    }
    String text = piece;
    for (Normalization.Replace replacement : replacements) {
      text = text.replace(replacement.what(), replacement.with());
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// The byte that a piece like `<0x0A>` stands for, or -1.
  static int fallbackByte(String piece) {
    if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(piece.charAt(3), 16);
    int low = Character.digit(piece.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : (high << 4) | low;
  }
}

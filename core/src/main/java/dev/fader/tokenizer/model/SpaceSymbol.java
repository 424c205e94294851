package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;

/// Whether text can be split before the symbol for spaces without losing a merge.
public final class SpaceSymbol {
  /// The symbol for a space in the pieces of SentencePiece.
  public static final String TEXT = "\u2581";

  private static final byte[] SPACE = Utf8.bytes(TEXT);

  private SpaceSymbol() {}

  /// The symbol `▁`, if it is a piece and no piece has it after another character; else empty.
  public static byte[] of(Vocabulary vocabulary) {
    if (vocabulary.modelId(SPACE, 0, SPACE.length) < 0) {
      return new byte[0];
    }
    for (int id = 0; id < vocabulary.size(); id++) {
      byte[] piece = vocabulary.modelBytes(id);
      int at = 0;
      while (Utf8.startsWith(piece, at, piece.length, SPACE)) {
        at += SPACE.length;
      }
      for (; at < piece.length; at++) {
        if (Utf8.startsWith(piece, at, piece.length, SPACE)) {
          return new byte[0];
        }
      }
    }
    return SPACE;
  }
}

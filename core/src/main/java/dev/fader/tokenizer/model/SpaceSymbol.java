package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;

/// Whether text can be cut in front of the stand-in for spaces without any merge being lost.
public final class SpaceSymbol {
  /// What stands for a space in the pieces of SentencePiece.
  public static final String TEXT = "\u2581";

  private static final byte[] SPACE = Utf8.bytes(TEXT);

  private SpaceSymbol() {}

  /// The stand-in `▁`, if it is a piece and no piece has it behind another character; else nothing.
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

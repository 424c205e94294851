package dev.fader.tokenizer;

import dev.fader.tokenizer.pattern.Utf8;

/// Whether text can be cut in front of the stand-in for spaces without any merge being lost.
final class SpaceBorder {
  private static final byte[] SPACE = Utf8.bytes("\u2581");

  private SpaceBorder() {}

  /// The stand-in `▁`, if it is a piece and no piece has it behind another character; else nothing.
  static byte[] of(Vocabulary vocabulary) {
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

package dev.fader.tokenizer;

import java.util.List;

/// How text is cut into words before the model sees it.
///
/// @param prefixSpace whether text that does not start with a space gets one
/// @param splits the patterns, each cutting what the one before left whole; none leaves the text
///   whole
/// @param byteLevel whether the model works on bytes, written in the [ByteAlphabet]
record PreTokenizer(boolean prefixSpace, List<SplitPattern> splits, boolean byteLevel) {

  /// Encodes the encoding's text word by word.
  void encode(Encoding encoding, PieceModel model) {
    int end = encoding.text.length;
    if (end == 0) {
      return;
    }
    if (splits.isEmpty()) {
      model.encode(encoding, 0, end);
    } else if (splits.size() == 1) {
      encodeWords(encoding, splits.getFirst(), model);
    } else {
      encodeWords(encoding, model);
    }
  }

  private static void encodeWords(Encoding encoding, SplitPattern split, PieceModel model) {
    byte[] text = encoding.text;
    int wordEnd;
    for (int at = 0; at < text.length; at = wordEnd) {
      wordEnd = split.wordEnd(text, at, text.length);
      model.encode(encoding, at, wordEnd);
    }
  }

  /// Several patterns: keeps where words end as bits, one per byte of text.
  private void encodeWords(Encoding encoding, PieceModel model) {
    byte[] text = encoding.text;
    var ends = new java.util.BitSet(text.length + 1);
    ends.set(text.length);
    for (SplitPattern split : splits) {
      cut(text, ends, split);
    }
    int wordEnd;
    for (int at = 0; at < text.length; at = wordEnd) {
      wordEnd = ends.nextSetBit(at + 1);
      model.encode(encoding, at, wordEnd);
    }
  }

  private static void cut(byte[] text, java.util.BitSet ends, SplitPattern split) {
    int at = 0;
    while (at < text.length) {
      int end = ends.nextSetBit(at + 1);
      while (at < end) {
        at = split.wordEnd(text, at, end);
        ends.set(at);
      }
    }
  }
}

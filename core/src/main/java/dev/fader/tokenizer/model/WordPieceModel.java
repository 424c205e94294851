package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;

/// WordPiece as in BERT: repeatedly takes the longest piece that the rest of the word begins with;
/// if there is none, the whole word is unknown (Wu et al. 2016, arXiv:1609.08144).
public final class WordPieceModel implements PieceModel {
  private final PieceTrie starts;
  private final PieceTrie continuations;
  private final int unknown;
  private final int longestWord;

  /// @param starts the pieces that begin words
  /// @param continuations the pieces that continue them, without their prefix
  /// @param unknown the id of an unknown word, -1 if there is none
  /// @param longestWord longer words, in characters, are unknown
  public WordPieceModel(PieceTrie starts, PieceTrie continuations, int unknown, int longestWord) {
    this.starts = starts;
    this.continuations = continuations;
    this.unknown = unknown;
    this.longestWord = longestWord;
  }

  @Override
  public void encode(Encoding encoding, int from, int to) {
    var scratch = encoding.merging;
    scratch.start(to - from);
    boolean known = Utf8.codePoints(encoding.text, from, to) <= longestWord;
    for (int at = from; known && at < to; ) {
      PieceTrie trie = at == from ? starts : continuations;
      int node = PieceTrie.ROOT;
      int id = PieceTrie.NONE;
      int end = at;
      for (int i = at; i < to; i++) {
        node = trie.child(node, encoding.text[i]);
        if (node == PieceTrie.NONE) {
          break;
        }
        if (trie.id(node) != PieceTrie.NONE) {
          id = trie.id(node);
          end = i + 1;
        }
      }
      known = id != PieceTrie.NONE;
      scratch.add(id);
      at = end;
    }
    if (known) {
      encoding.add(scratch.ids, scratch.count);
    } else if (unknown >= 0) {
      encoding.add(unknown);
    } else {
      throw encoding.unknownCharacter(from);
    }
  }
}

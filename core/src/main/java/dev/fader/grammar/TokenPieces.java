package dev.fader.grammar;

import java.util.Arrays;
import java.util.Comparator;

/// The bytes of all text tokens, sorted, so that shared prefixes are matched once. Immutable; made
/// once for a tokenizer.
public final class TokenPieces {
  private final int vocabulary;
  private final int[] ids; // in the order of their bytes
  private final byte[][] pieces; // in the same order
  private final int[] shared; // length of the prefix shared with the previous piece
  private final byte[][] byId;

  /// @param pieces the bytes of each token by id; none for tokens that are not text, such as
  ///   control tokens
  public TokenPieces(byte[][] pieces) {
    vocabulary = pieces.length;
    byId = pieces.clone();
    var order = new Integer[vocabulary];
    Arrays.setAll(order, id -> id);
    Arrays.sort(order, Comparator.comparing(id -> byId[id], Arrays::compareUnsigned));
    int empty = 0;
    while (empty < vocabulary && byId[order[empty]].length == 0) {
      empty++;
    }
    int count = vocabulary - empty;
    ids = new int[count];
    this.pieces = new byte[count][];
    shared = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = order[empty + i];
      this.pieces[i] = byId[ids[i]];
      if (i > 0) {
        int differs = Arrays.mismatch(this.pieces[i - 1], this.pieces[i]);
        shared[i] = differs < 0 ? this.pieces[i].length : differs;
      }
    }
  }

  int vocabulary() {
    return vocabulary;
  }

  int count() {
    return ids.length;
  }

  int id(int rank) {
    return ids[rank];
  }

  byte[] piece(int rank) {
    return pieces[rank];
  }

  int shared(int rank) {
    return shared[rank];
  }

  byte[] bytes(int id) {
    return byId[id];
  }
}

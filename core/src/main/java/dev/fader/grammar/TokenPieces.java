package dev.fader.grammar;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;

/// The bytes of all text tokens, sorted, so that shared prefixes are matched once. Tokens that
/// grammars may name (`<[id]>`) are there a second time, as that. Immutable; made once for a
/// tokenizer.
public final class TokenPieces {
  private final int vocabulary;
  private final int[] ids; // in the order of their bytes
  private final byte[][] pieces; // in the same order
  private final int[] shared; // length of the prefix shared with the previous piece
  private final byte[][] byId;
  private final BitSet named;

  /// @param pieces the bytes of each token by id; none for tokens that are not text, such as
  ///   control tokens
  public TokenPieces(byte[][] pieces) {
    this(pieces, new BitSet());
  }

  /// @param named the tokens that grammars may name
  public TokenPieces(byte[][] pieces, BitSet named) {
    vocabulary = pieces.length;
    byId = pieces.clone();
    for (int id = 0; id < vocabulary; id++) {
      byId[id] = isText(byId[id]) ? byId[id] : new byte[0];
    }
    this.named = (BitSet) named.clone();
    var places = new Integer[vocabulary + named.cardinality()]; // ids, then those of the named ones
    Arrays.setAll(places, place -> place);
    var all = Arrays.copyOf(byId, places.length);
    int[] idOf = new int[places.length];
    Arrays.setAll(idOf, place -> place);
    int place = vocabulary;
    for (int id = named.nextSetBit(0); id >= 0; id = named.nextSetBit(id + 1)) {
      idOf[place] = id;
      all[place++] = TokenReference.bytes(id);
    }
    Arrays.sort(places, Comparator.comparing(each -> all[each], Arrays::compareUnsigned));
    int empty = 0;
    while (empty < places.length && all[places[empty]].length == 0) {
      empty++;
    }
    int count = places.length - empty;
    ids = new int[count];
    this.pieces = new byte[count][];
    shared = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = idOf[places[empty + i]];
      this.pieces[i] = all[places[empty + i]];
      if (i > 0) {
        int differs = Arrays.mismatch(this.pieces[i - 1], this.pieces[i]);
        shared[i] = differs < 0 ? this.pieces[i].length : differs;
      }
    }
  }

  private static boolean isText(byte[] piece) {
    for (byte value : piece) {
      if ((value & 0xFF) == TokenReference.FIRST) {
        return false;
      }
    }
    return true;
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

  /// Whether grammars may name this token.
  boolean isNamed(int id) {
    return named.get(id);
  }

  byte[] bytes(int id) {
    return byId[id];
  }
}

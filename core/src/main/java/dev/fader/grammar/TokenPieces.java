package dev.fader.grammar;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;

/// The bytes of all text tokens, sorted, so that shared prefixes are matched once. Tokens that
/// grammars may name (`<[id]>`) are there a second time, as that. Immutable; made once for a
/// tokenizer.
public final class TokenPieces {
  private final int vocabulary;
  private final int[] ids; // in the order of their bytes
  private final int[] shared; // length of the prefix shared with the previous piece
  private final byte[] rests; // what is not shared, of one piece after the other
  private final int[] restEnds;
  private final byte[][] byId;
  private final BitSet named;
  private final int longestPiece;

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
    int longest = 0;
    ids = new int[count];
    shared = new int[count];
    restEnds = new int[count];
    var allRests = new ByteArrayOutputStream();
    byte[] before = {};
    for (int i = 0; i < count; i++) {
      ids[i] = idOf[places[empty + i]];
      var piece = all[places[empty + i]];
      int differs = Arrays.mismatch(before, piece);
      shared[i] = differs < 0 ? piece.length : differs;
      allRests.write(piece, shared[i], piece.length - shared[i]);
      restEnds[i] = allRests.size();
      longest = Math.max(longest, piece.length);
      before = piece;
    }
    rests = allRests.toByteArray();
    longestPiece = longest;
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

  /// How many bytes a piece begins with as the one before it does.
  int shared(int rank) {
    return shared[rank];
  }

  /// Where the bytes that follow those end in [#rests]; they begin where those of the piece before
  /// end.
  int restEnd(int rank) {
    return restEnds[rank];
  }

  /// What pieces do not share, one after the other, since they are read in this order. Not to be
  /// changed.
  byte[] rests() {
    return rests;
  }

  /// Bytes of the longest one.
  int longestPiece() {
    return longestPiece;
  }

  /// Whether grammars may name this token.
  boolean isNamed(int id) {
    return named.get(id);
  }

  byte[] bytes(int id) {
    return byId[id];
  }
}

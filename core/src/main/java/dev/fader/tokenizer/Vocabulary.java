package dev.fader.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/// The pieces by id, as `tokenizer.json` writes them, added tokens included.
///
/// @param pieces the piece of each id; empty where a file leaves a hole
/// @param ids the ids by piece
record Vocabulary(String[] pieces, Map<String, Integer> ids) {

  /// A vocabulary with room for the ids below `size`.
  static Vocabulary ofSize(int size) {
    var pieces = new String[size];
    Arrays.fill(pieces, "");
    return new Vocabulary(pieces, HashMap.newHashMap(Math.min(size, 1 << 20)));
  }

  int size() {
    return pieces.length;
  }

  void put(String piece, int id) {
    pieces[id] = piece;
    ids.put(piece, id);
  }

  boolean isFree(int id) {
    return pieces[id].isEmpty();
  }

  OptionalInt id(String piece) {
    Integer id = ids.get(piece);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }
}

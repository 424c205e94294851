package dev.fader.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/// The pieces by id, as `tokenizer.json` writes them, added tokens included.
final class Vocabulary {
  private final String[] pieces; // by id; empty where a file leaves a hole
  private final Map<String, Integer> ids;

  /// A vocabulary with room for the ids below `size`.
  Vocabulary(int size) {
    pieces = new String[size];
    Arrays.fill(pieces, "");
    ids = HashMap.newHashMap(size);
  }

  int size() {
    return pieces.length;
  }

  void put(String piece, int id) {
    pieces[id] = piece;
    ids.put(piece, id);
  }

  /// The piece with this id, empty if there is none.
  String piece(int id) {
    return pieces[id];
  }

  OptionalInt id(String piece) {
    Integer id = ids.get(piece);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }
}

package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/// The pieces by id, as their file spells them. The model's own pieces are in one byte pool; added
/// tokens override them, as a file may add a token that is spelled like a piece.
public final class Vocabulary {
  private static final int NONE = -1;

  private final ByteStrings strings = new ByteStrings();
  private final int[] numbers; // by id: the index of its string, NONE for none
  private int[] ids; // by string
  private final Map<Integer, String> addedPieces = new HashMap<>();
  private final Map<String, Integer> addedIds = new HashMap<>();

  /// A vocabulary with room for the ids below `size`.
  public Vocabulary(int size) {
    numbers = new int[size];
    Arrays.fill(numbers, NONE);
    ids = new int[Math.max(16, size)];
  }

  /// One more than the largest id.
  public int size() {
    return numbers.length;
  }

  /// Assigns an id to the piece, in UTF-8. Of two ids for one piece the first is found by
  /// [#modelId].
  public void put(byte[] piece, int id) {
    int known = strings.size();
    int number = strings.number(piece, 0, piece.length);
    numbers[id] = number;
    if (number == known) {
      if (number == ids.length) {
        ids = Arrays.copyOf(ids, 2 * ids.length);
      }
      ids[number] = id;
    }
  }

  public void put(String piece, int id) {
    put(Utf8.bytes(piece), id);
  }

  /// Adds an added token that overrides the model's piece.
  public void putAdded(String content, int id) {
    addedPieces.put(id, content);
    addedIds.putIfAbsent(content, id);
  }

  /// Sets what an added token decodes to, if that is not its spelling.
  public void putShown(String text, int id) {
    addedPieces.put(id, text);
  }

  /// Whether the model has a piece with this id.
  public boolean hasModelPiece(int id) {
    return numbers[id] != NONE;
  }

  /// The bytes of the model's piece with this id, empty if there is none.
  public byte[] modelBytes(int id) {
    return numbers[id] == NONE ? new byte[0] : strings.get(numbers[id]);
  }

  /// The id of the model's piece `text[from, to)`, or -1.
  public int modelId(byte[] text, int from, int to) {
    int number = strings.find(text, from, to);
    return number < 0 ? NONE : ids[number];
  }

  public int modelId(String piece) {
    byte[] utf8 = Utf8.bytes(piece);
    return modelId(utf8, 0, utf8.length);
  }

  /// The model's piece with this id, empty if there is none.
  public String modelPiece(int id) {
    return new String(modelBytes(id), StandardCharsets.UTF_8);
  }

  /// Whether an added token has this id.
  public boolean isAdded(int id) {
    return addedPieces.containsKey(id);
  }

  /// The piece with this id, empty if there is none.
  public String piece(int id) {
    String added = addedPieces.get(id);
    return added != null ? added : modelPiece(id);
  }

  public OptionalInt id(String piece) {
    Integer added = addedIds.get(piece);
    if (added != null) {
      return OptionalInt.of(added);
    }
    int id = modelId(piece);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /// From the bytes of a piece to its id.
  @FunctionalInterface
  public interface PieceIndex {
    /// The id of the piece `text[from, to)`, or -1.
    int find(byte[] text, int from, int to);
  }
}

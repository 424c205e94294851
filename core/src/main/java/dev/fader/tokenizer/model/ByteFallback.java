package dev.fader.tokenizer.model;

/// The pieces such as `<0x0A>` for the bytes of characters that are not in the vocabulary.
public final class ByteFallback {
  public static final ByteFallback NONE = new ByteFallback(-1);

  private final int[] ids = new int[256];

  private ByteFallback(int everyId) {
    java.util.Arrays.fill(ids, everyId);
  }

  public static ByteFallback of(Vocabulary vocabulary) {
    var fallback = new ByteFallback(-1);
    for (int value = 0; value < 256; value++) {
      fallback.ids[value] = vocabulary.modelId(piece(value));
    }
    return fallback;
  }

  /// The pieces that the file marks as bytes.
  public static ByteFallback of(Vocabulary vocabulary, PieceType[] types) {
    var fallback = new ByteFallback(-1);
    for (int id = 0; id < types.length; id++) {
      int value = types[id] == PieceType.BYTE ? value(vocabulary.modelPiece(id)) : -1;
      if (value >= 0) {
        fallback.ids[value] = id;
      }
    }
    return fallback;
  }

  /// The pieces of the [ByteAlphabet].
  public static ByteFallback alphabet(Vocabulary vocabulary) {
    var fallback = new ByteFallback(-1);
    for (int value = 0; value < 256; value++) {
      byte[] piece = ByteAlphabet.utf8((byte) value);
      fallback.ids[value] = vocabulary.modelId(piece, 0, piece.length);
    }
    return fallback;
  }

  /// The id of a byte, -1 for none.
  public int id(byte value) {
    return ids[value & 0xFF];
  }

  /// Whether every byte has an id.
  public boolean isComplete() {
    return java.util.Arrays.stream(ids).allMatch(id -> id >= 0);
  }

  /// Whether each of these bytes has an id.
  boolean hasAll(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      if (id(text[at]) < 0) {
        return false;
      }
    }
    return true;
  }

  public static String piece(int value) {
    return "<0x%02X>".formatted(value);
  }

  /// The byte of a piece, or -1.
  public static int value(String piece) {
    if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
      return -1;
    }
    int high = digit(piece.charAt(3));
    int low = digit(piece.charAt(4));
    return high < 0 || low < 0 ? -1 : (high << 4) | low;
  }

  private static int digit(char character) {
    return character < 0x80 ? Character.digit(character, 16) : -1;
  }
}

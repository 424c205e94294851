package dev.fader.grammar;

/// A token in a grammar, `<[id]>`, as bytes that no text has, so that no other token spells it.
final class TokenReference {
  /// No text in UTF-8 has this byte.
  static final int FIRST = 0xFF;

  /// Larger ids cannot be named.
  static final int LARGEST = (1 << 21) - 1;

  private TokenReference() {}

  static byte[] bytes(int id) {
    return new byte[] {
      (byte) FIRST, (byte) ((id >> 14) & 0x7F), (byte) ((id >> 7) & 0x7F), (byte) (id & 0x7F)
    };
  }
}

package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;
import java.util.Arrays;

/// The printable characters that byte-level BPE vocabularies use for the 256 byte values, as
/// `bytes_to_unicode` in GPT-2's `encoder.py`: printable Latin-1 maps to itself, the rest to U+0100
/// and up.
public final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final int[] BYTES = new int[0x144];
  private static final byte[][] UTF8 = new byte[256][];

  static {
    Arrays.fill(BYTES, -1);
    char next = 0x100;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
      CHARACTERS[value] = printable ? (char) value : next++;
      BYTES[CHARACTERS[value]] = value;
      UTF8[value] = Utf8.bytes(String.valueOf(CHARACTERS[value]));
    }
  }

  private ByteAlphabet() {}

  /// The characters for these bytes.
  public static String write(byte[] bytes) {
    var written = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      written[i] = CHARACTERS[bytes[i] & 0xFF];
    }
    return new String(written);
  }

  /// The character for this byte, in UTF-8.
  public static byte[] utf8(byte value) {
    return UTF8[value & 0xFF];
  }

  /// Whether every character of the piece stands for a byte.
  public static boolean canRead(String piece) {
    for (int i = 0; i < piece.length(); i++) {
      if (piece.charAt(i) >= BYTES.length || BYTES[piece.charAt(i)] < 0) {
        return false;
      }
    }
    return true;
  }

  /// The bytes that the piece's characters stand for; [#canRead(String)] must hold.
  public static byte[] read(String piece) {
    var bytes = new byte[piece.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) BYTES[piece.charAt(i)];
    }
    return bytes;
  }
}

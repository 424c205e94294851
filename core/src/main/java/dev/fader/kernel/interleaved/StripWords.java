package dev.fader.kernel.interleaved;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Writes sixteen levels of a line as the words of a strip that [InterleavedLayout] describes.
final class StripWords {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final int LINES = InterleavedLayout.LINES;

  /// Bytes of the words of the lines.
  private static final long WORDS = 4L * LINES;

  private static final int FIFTEEN_BITS = (1 << 15) - 1;
  private static final int THIRTY_BITS = (1 << 30) - 1;

  private StripWords() {}

  /// @param bits of a level
  /// @param at byte of the strip at which the first words of the lines begin
  /// @param first eight levels, a byte each
  /// @param second the next eight
  static void write(MemorySegment to, int bits, long at, int line, long first, long second) {
    long word = at + 4L * line;
    switch (bits) {
      case 2 -> to.set(INT, word, (int) (packed(first, 2) | packed(second, 2) << 16));
      case 3 -> writeThrees(to, at, line, packed(first, 3) | packed(second, 3) << 24);
      case 5 -> writeFives(to, at, line, packed(first, 5), packed(second, 5));
      case 6 -> writeSixes(to, word, packed(first, 6), packed(second, 6));
      case 8 -> {
        to.set(INT, word, (int) first);
        to.set(INT, word + WORDS, (int) (first >>> 32));
        to.set(INT, word + 2 * WORDS, (int) second);
        to.set(INT, word + 3 * WORDS, (int) (second >>> 32));
      }
      default -> throw new IllegalArgumentException("no levels of " + bits + " bits");
    }
  }

  /// The low bits of eight bytes, one after the other.
  private static long packed(long bytes, int bits) {
    return Long.compress(bytes, ((1L << bits) - 1) * 0x0101_0101_0101_0101L);
  }

  private static void writeThrees(MemorySegment to, long at, int line, long levels) {
    int last = (int) (levels >>> 45);
    to.set(INT, at + 4L * line, ((int) levels & THIRTY_BITS) | last << 30);
    int half = (int) (levels >>> 30) & FIFTEEN_BITS;
    to.set(SHORT, at + WORDS + 2L * line, (short) (half | last >> 2 << 15));
  }

  private static void writeFives(MemorySegment to, long at, int line, long first, long second) {
    long word = at + 4L * line;
    int last = (int) (second >>> 35);
    to.set(INT, word, ((int) first & THIRTY_BITS) | last << 30);
    int middle = (int) (first >>> 30 | second << 10);
    to.set(INT, word + WORDS, (middle & THIRTY_BITS) | last >> 2 << 30);
    int half = (int) (second >>> 20) & FIFTEEN_BITS;
    to.set(SHORT, at + 2 * WORDS + 2L * line, (short) (half | last >> 4 << 15));
  }

  /// The levels of the low halves of three words, then those of the high ones.
  private static void writeSixes(MemorySegment to, long word, long first, long second) {
    for (int i = 0; i < 3; i++) {
      to.set(INT, word + i * WORDS, halfOfSixes(first, i) | halfOfSixes(second, i) << 16);
    }
  }

  private static int halfOfSixes(long levels, int word) {
    int seventh = (int) (levels >>> 36) & 63;
    int eighth = (int) (levels >>> 42) & 63;
    int above =
        switch (word) {
          case 0 -> seventh & 15;
          case 1 -> seventh >> 4 | eighth >> 4 << 2;
          default -> eighth & 15;
        };
    return ((int) (levels >>> (12 * word)) & 0xfff) | (above << 12);
  }
}

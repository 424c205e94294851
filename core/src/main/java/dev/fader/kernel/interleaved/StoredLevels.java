package dev.fader.kernel.interleaved;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Eight levels of a block as it is stored, a byte each, in the order of the elements: of formats
/// other than those of four bits, whose halves of bytes [Interleaving] moves as they are.
final class StoredLevels {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long LOW_NIBBLES = 0x0f0f_0f0f_0f0f_0f0fL;
  private static final long LOW_PAIRS = 0x0303_0303_0303_0303L;
  private static final long LOW_BITS = 0x0101_0101_0101_0101L;

  private StoredLevels() {}

  /// Those from element `i` on, a multiple of eight, of the block at byte `at`.
  static long eight(InterleavedLayout layout, MemorySegment from, long at, int i) {
    return switch (layout) {
      case Q2_K -> pairs(from, at + 16, i);
      case Q3_K -> pairs(from, at + 32, i) | single(from, at, i) << 2;
      case Q5_0 -> nibbles(from, at + 6, i, 16) | fifths(from, at + 2, i);
      case Q5_1 -> nibbles(from, at + 8, i, 16) | fifths(from, at + 4, i);
      case Q5_K -> nibbles(from, at + 48, i, 32) | single(from, at + 16, i) << 4;
      case Q6_K -> sixBits(from, at, i);
      case Q8_0 -> from.get(LONG, at + 2 + i);
      case Q4_0, Q4_1, Q4_K, IQ4_NL, IQ4_XS, MXFP4 ->
          throw new IllegalStateException(layout + " is interleaved without taking levels apart");
    };
  }

  /// The low halves of `run` bytes, then their high halves, then those of the next.
  private static long nibbles(MemorySegment from, long at, int i, int run) {
    long pairs = from.get(LONG, at + i / (2L * run) * run + i % run);
    return pairs >>> (i / run % 2 * 4) & LOW_NIBBLES;
  }

  /// Bit `i` of a word as the fifth of level `i`.
  private static long fifths(MemorySegment from, long at, int i) {
    return Long.expand(from.get(INT, at) >>> i, LOW_BITS << 4);
  }

  /// Bit `i / 32` of byte `i % 32`.
  private static long single(MemorySegment from, long at, int i) {
    return from.get(LONG, at + i % 32) >>> (i / 32) & LOW_BITS;
  }

  /// Two bits of 32 bytes, then the next two, then those of the next 32 bytes.
  private static long pairs(MemorySegment from, long at, int i) {
    return from.get(LONG, at + i / 128 * 32L + i % 32) >>> (i / 32 % 4 * 2) & LOW_PAIRS;
  }

  /// Those of Q6_K: four low bits and two high ones, which lie apart.
  private static long sixBits(MemorySegment from, long at, int i) {
    long low = from.get(LONG, at + i / 128 * 64L + i % 64) >>> (i / 64 % 2 * 4) & LOW_NIBBLES;
    return low | pairs(from, at + 128, i) << 4;
  }
}

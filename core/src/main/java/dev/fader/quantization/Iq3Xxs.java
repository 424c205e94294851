package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in eight sub-blocks of 32: a float16 scale d, 64 bytes with vector numbers, then for
/// each sub-block a word as in [Iq2Xxs]. `x = +- d (s + 1/2) / 2 level`.
final class Iq3Xxs {
  private static final int SIGNS_AT = 66;

  private Iq3Xxs() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    for (int block = 0; block < 8; block++) {
      int word = Packed.word(from, at + SIGNS_AT + block * 4L);
      float scale = scales * (0.5f + (word >>> 28)) * 0.5f;
      for (int i = 0; i < 8; i++) {
        int signs = Signs.ofSeven(word >>> (i / 2 * 7) & 127) >> (i % 2 * 4);
        int number = Packed.unsignedByte(from, at + 2 + block * 8L + i);
        int first = start + block * 32 + i * 4;
        Signs.writeFour(Lattices.SMALL_FOURS, number, scale, signs, to, first);
      }
    }
  }
}

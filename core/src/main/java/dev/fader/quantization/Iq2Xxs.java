package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in eight sub-blocks of 32: a float16 scale d, then for each sub-block four bytes
/// with vector numbers and a word with four times seven [Signs] and, highest, a scale s of four
/// bits. `x = +- d (s + 1/2) / 4 level`.
final class Iq2Xxs {
  private Iq2Xxs() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    for (int block = 0; block < 8; block++) {
      long vectors = at + 2 + block * 8L;
      int word = Packed.word(from, vectors + 4);
      float scale = scales * (0.5f + (word >>> 28)) * 0.25f;
      for (int i = 0; i < 4; i++) {
        int signs = Signs.ofSeven(word >>> (7 * i) & 127);
        int number = Packed.unsignedByte(from, vectors + i);
        int first = start + block * 32 + i * 8;
        Signs.writeEight(Lattices.SMALL_EIGHTS, number, scale, signs, to, first);
      }
    }
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers: a float16 scale d, 64 bytes with the low eight bits of vector numbers, eight with
/// the ninth, 32 with eight [Signs] each, four with eight scales s of four bits. `x = +- d (2 s +
/// 1) level`.
final class Iq3S {
  private static final int HIGH_AT = 66;
  private static final int SIGNS_AT = 74;
  private static final int SCALES_AT = 106;

  private Iq3S() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    for (int vector = 0; vector < 64; vector++) {
      int scaleBits = Packed.unsignedByte(from, at + SCALES_AT + vector / 16);
      float scale = scales * (1 + 2 * (scaleBits >> (vector % 16 / 8 * 4) & 15));
      int high = Packed.unsignedByte(from, at + HIGH_AT + vector / 8) >> (vector % 8) & 1;
      int number = Packed.unsignedByte(from, at + 2 + vector) | high << 8;
      int signs = Packed.unsignedByte(from, at + SIGNS_AT + vector / 2) >> (vector % 2 * 4);
      Signs.writeFour(Lattices.LARGE_FOURS, number, scale, signs, to, start + vector * 4);
    }
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers: a float16 scale d, 32 bytes with the low eight bits of vector numbers, 32 with
/// eight [Signs] each, eight with the high two bits, eight with sixteen scales s of four bits. `x =
/// +- d (s
/// + 1/2) / 4 level`.
final class Iq2S {
  private static final int SIGNS_AT = 34;
  private static final int HIGH_AT = 66;
  private static final int SCALES_AT = 74;

  private Iq2S() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    for (int vector = 0; vector < 32; vector++) {
      int scaleBits = Packed.unsignedByte(from, at + SCALES_AT + vector / 4);
      float scale = scales * (0.5f + (scaleBits >> (vector % 4 / 2 * 4) & 15)) * 0.25f;
      int high = Packed.unsignedByte(from, at + HIGH_AT + vector / 4) >> (vector % 4 * 2) & 3;
      int number = Packed.unsignedByte(from, at + 2 + vector) | high << 8;
      int signs = Packed.unsignedByte(from, at + SIGNS_AT + vector);
      Signs.writeEight(Lattices.LARGE_EIGHTS, number, scale, signs, to, start + vector * 8);
    }
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers: a float16 scale d, 32 shorts with a vector number of nine bits and seven [Signs],
/// then eight bytes with sixteen scales s of four bits. `x = +- d (s + 1/2) / 4 level`.
final class Iq2Xs {
  private static final int SCALES_AT = 66;

  private Iq2Xs() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    for (int vector = 0; vector < 32; vector++) {
      int scaleBits = Packed.unsignedByte(from, at + SCALES_AT + vector / 4);
      float scale = scales * (0.5f + (scaleBits >> (vector % 4 / 2 * 4) & 15)) * 0.25f;
      int bits = Packed.unsignedShort(from, at + 2 + vector * 2L);
      int signs = Signs.ofSeven(bits >> 9);
      int first = start + vector * 8;
      Signs.writeEight(Lattices.MIDDLE_EIGHTS, bits & 511, scale, signs, to, first);
    }
  }
}

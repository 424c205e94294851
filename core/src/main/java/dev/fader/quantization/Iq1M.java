package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers as in [Iq1S]: 32 bytes with the low eight bits of vector numbers, 16 bytes with the
/// high three and the sign of the shift for two vectors each, four shorts with sixteen scales of
/// three bits. The high four bits of the shorts are the float16 scale d, lowest part first.
final class Iq1M {
  private static final int HIGH_AT = 32;
  private static final int SCALES_AT = 48;

  private Iq1M() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    int bits = 0;
    for (int i = 0; i < 4; i++) {
      bits |= Packed.unsignedShort(from, at + SCALES_AT + 2L * i) >> 12 << (4 * i);
    }
    float scales = Float.float16ToFloat((short) bits);
    for (int vector = 0; vector < 32; vector++) {
      int scaleBits = Packed.unsignedShort(from, at + SCALES_AT + vector / 8 * 2L);
      float scale = scales * (2 * (scaleBits >> (vector % 8 / 2 * 3) & 7) + 1);
      int high = Packed.unsignedByte(from, at + HIGH_AT + vector / 2) >> (vector % 2 * 4);
      float shift = (high & 8) == 0 ? Iq1S.SHIFT : -Iq1S.SHIFT;
      int number = Packed.unsignedByte(from, at + vector) | (high & 7) << 8;
      Iq1S.writeShifted(number, scale, shift, to, start + vector * 8);
    }
  }
}

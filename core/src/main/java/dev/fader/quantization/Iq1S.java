package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers: a float16 scale d, 32 bytes with the low eight bits of vector numbers, eight
/// shorts. A short serves 32 numbers: three high bits for each of four vectors, three bits of scale
/// s, and the sign of a shift of all levels by an eighth. `x = d (2 s + 1) (level +- 1/8)`.
final class Iq1S {
  static final float SHIFT = 0.125f;
  private static final int HIGH_AT = 34;

  private Iq1S() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    for (int vector = 0; vector < 32; vector++) {
      int high = Packed.unsignedShort(from, at + HIGH_AT + vector / 4 * 2L);
      float scale = scales * (2 * (high >> 12 & 7) + 1);
      float shift = (high & 0x8000) == 0 ? SHIFT : -SHIFT;
      int low = Packed.unsignedByte(from, at + 2 + vector);
      int number = low | (high >> (vector % 4 * 3) & 7) << 8;
      writeShifted(number, scale, shift, to, start + vector * 8);
    }
  }

  static void writeShifted(int vector, float scale, float shift, float[] to, int start) {
    for (int i = 0; i < 8; i++) {
      to[start + i] = scale * (Lattices.TERNARY[vector * 8 + i] + shift);
    }
  }
}

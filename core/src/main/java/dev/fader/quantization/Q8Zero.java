package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 32 numbers: a float16 scale d, then a signed byte each. `x = d q`.
final class Q8Zero {
  private static final int SIZE = 32;

  private Q8Zero() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at);
    for (int i = 0; i < SIZE; i++) {
      to[start + i] = scale * Packed.signedByte(from, at + 2 + i);
    }
  }

  static void encode(float[] from, int start, MemorySegment to, long at) {
    float scale = Math.abs(Extremes.largest(from, start, SIZE)) / 127;
    float inverse = Packed.inverse(scale);
    Packed.putFloat16(to, at, scale);
    for (int i = 0; i < SIZE; i++) {
      float x = from[start + i] * inverse;
      // Halves away from zero, as C rounds.
      int level = Math.min(127, Math.round(Math.abs(x)));
      Packed.putByte(to, at + 2 + i, x < 0 ? -level : level);
    }
  }
}

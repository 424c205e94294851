package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 32 numbers: a float16 scale d and minimum m, then 16 bytes as in [Q4Zero]. `x = d q + m`.
final class Q4One {
  private static final int HALF = 16;
  private static final int LEVELS_AT = 4;

  private Q4One() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at);
    float minimum = Packed.float16(from, at + 2);
    for (int i = 0; i < HALF; i++) {
      int pair = Packed.unsignedByte(from, at + LEVELS_AT + i);
      to[start + i] = scale * (pair & 15) + minimum;
      to[start + HALF + i] = scale * (pair >> 4) + minimum;
    }
  }

  static void encode(float[] from, int start, MemorySegment to, long at) {
    float minimum = Extremes.minimum(from, start, 2 * HALF);
    float scale = (Extremes.maximum(from, start, 2 * HALF) - minimum) / 15;
    float inverse = Packed.inverse(scale);
    Packed.putFloat16(to, at, scale);
    Packed.putFloat16(to, at + 2, minimum);
    for (int i = 0; i < HALF; i++) {
      int low = level((from[start + i] - minimum) * inverse);
      int high = level((from[start + HALF + i] - minimum) * inverse);
      Packed.putByte(to, at + LEVELS_AT + i, low | high << 4);
    }
  }

  private static int level(float x) {
    return Math.clamp((int) (x + 0.5f), 0, 15);
  }
}

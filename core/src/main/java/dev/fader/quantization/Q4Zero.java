package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 32 numbers: a float16 scale d, then 16 bytes, the low halves for the first 16 numbers and the
/// high halves for the others. `x = d (q - 8)`.
final class Q4Zero {
  private static final int HALF = 16;

  private Q4Zero() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at);
    for (int i = 0; i < HALF; i++) {
      int pair = Packed.unsignedByte(from, at + 2 + i);
      to[start + i] = scale * ((pair & 15) - 8);
      to[start + HALF + i] = scale * ((pair >> 4) - 8);
    }
  }

  /// The number of largest magnitude becomes -8, the end of the range that reaches further.
  static void encode(float[] from, int start, MemorySegment to, long at) {
    float scale = Extremes.largest(from, start, 2 * HALF) / -8;
    float inverse = Packed.inverse(scale);
    Packed.putFloat16(to, at, scale);
    for (int i = 0; i < HALF; i++) {
      int low = level(from[start + i] * inverse);
      int high = level(from[start + HALF + i] * inverse);
      Packed.putByte(to, at + 2 + i, low | high << 4);
    }
  }

  private static int level(float x) {
    return Math.clamp((int) (x + 8.5f), 0, 15);
  }
}

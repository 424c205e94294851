package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 32 numbers: a float16 scale d, a word with the fifth bit of each number, then 16 bytes with the
/// other four as in [Q4Zero]. `x = d (q - 16)`.
final class Q5Zero {
  private static final int HALF = 16;
  private static final int LEVELS_AT = 6;

  private Q5Zero() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at);
    int high = Packed.word(from, at + 2);
    for (int i = 0; i < HALF; i++) {
      int pair = Packed.unsignedByte(from, at + LEVELS_AT + i);
      to[start + i] = scale * (((pair & 15) | (high >>> i & 1) << 4) - 16);
      to[start + HALF + i] = scale * (((pair >> 4) | (high >>> (HALF + i) & 1) << 4) - 16);
    }
  }

  /// The number of largest magnitude becomes -16, the end of the range that reaches further.
  static void encode(float[] from, int start, MemorySegment to, long at) {
    float scale = Extremes.largest(from, start, 2 * HALF) / -16;
    float inverse = Packed.inverse(scale);
    Packed.putFloat16(to, at, scale);
    int fifthBits = 0;
    for (int i = 0; i < HALF; i++) {
      int low = level(from[start + i] * inverse);
      int high = level(from[start + HALF + i] * inverse);
      Packed.putByte(to, at + LEVELS_AT + i, (low & 15) | (high & 15) << 4);
      fifthBits |= low >> 4 << i | high >> 4 << (HALF + i);
    }
    Packed.putWord(to, at + 2, fifthBits);
  }

  private static int level(float x) {
    return Math.clamp((int) (x + 16.5f), 0, 31);
  }
}

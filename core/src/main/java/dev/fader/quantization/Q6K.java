package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in sixteen sub-blocks of 16: 128 bytes with the low four bits, 64 with the high two,
/// sixteen signed bytes of scales s, a float16 scale d. Each half of the block has 64 bytes of low
/// bits, the low halves for its first 64 numbers, and 32 of high bits as in [Q2K]. `x = d s (q -
/// 32)`.
final class Q6K {
  private static final int SUB_BLOCK = 16;
  private static final int HIGH_AT = 128;
  private static final int SCALES_AT = 192;
  private static final int SCALE_AT = 208;

  private Q6K() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at + SCALE_AT);
    for (int block = 0; block < 16; block++) {
      float scale = scales * Packed.signedByte(from, at + SCALES_AT + block);
      long low = low(at, block);
      long high = high(at, block);
      int lowShift = block % 8 / 4 * 4;
      int highShift = block % 8 / 2 * 2;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level =
            (Packed.unsignedByte(from, low + i) >> lowShift & 15)
                | (Packed.unsignedByte(from, high + i) >> highShift & 3) << 4;
        to[start + block * SUB_BLOCK + i] = scale * (level - 32);
      }
    }
  }

  static void encode(float[] from, int start, MemorySegment to, long at) {
    var fit = new SymmetricFit(from, start, 16, 32);
    to.asSlice(at, SCALE_AT).fill((byte) 0);
    float scales = Packed.putScale(to, at + SCALE_AT, fit.largestScale() / -128);
    for (int block = 0; block < 16; block++) {
      int scaleLevel = SymmetricFit.level(fit.scale(block), scales, 128);
      Packed.putByte(to, at + SCALES_AT + block, scaleLevel);
      float scale = scales * scaleLevel;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level = SymmetricFit.level(from[start + block * SUB_BLOCK + i], scale, 32) + 32;
        Packed.addBits(to, low(at, block) + i, (level & 15) << (block % 8 / 4 * 4));
        Packed.addBits(to, high(at, block) + i, level >> 4 << (block % 8 / 2 * 2));
      }
    }
  }

  private static long low(long at, int block) {
    return at + block / 8 * 64L + block % 4 * (long) SUB_BLOCK;
  }

  private static long high(long at, int block) {
    return at + HIGH_AT + block / 8 * 32L + block % 2 * (long) SUB_BLOCK;
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in sixteen sub-blocks of 16: 32 bytes with the third bits, 64 bytes with the other
/// two as in [Q2K], twelve bytes with sixteen scales s of six bits, a float16 scale d. Bit b of
/// byte i of the third bits belongs to number 32 b + i. `x = d (s - 32) (q - 4)`.
final class Q3K {
  private static final int SUB_BLOCK = 16;
  private static final int LEVELS_AT = 32;
  static final int SCALES_AT = 96;
  static final int SCALE_AT = 108;

  private Q3K() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at + SCALE_AT);
    for (int block = 0; block < 16; block++) {
      float scale = scales * (scale(from, at + SCALES_AT, block) - 32);
      long thirdBits = at + block % 2 * (long) SUB_BLOCK;
      long levels = thirdBits + LEVELS_AT + block / 8 * 32L;
      int shift = block % 8 / 2 * 2;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int third = Packed.unsignedByte(from, thirdBits + i) >> (block / 2) & 1;
        int level = (Packed.unsignedByte(from, levels + i) >> shift & 3) | third << 2;
        to[start + block * SUB_BLOCK + i] = scale * (level - 4);
      }
    }
  }

  /// The low halves of the scales fill eight bytes, first eight low; the high bits four.
  static int scale(MemorySegment from, long at, int block) {
    int low = Packed.unsignedByte(from, at + block % 8) >> (block / 8 * 4) & 15;
    int high = Packed.unsignedByte(from, at + 8 + block % 4) >> (block / 4 * 2) & 3;
    return low | high << 4;
  }

  static void encode(float[] from, int start, MemorySegment to, long at) {
    var fit = new SymmetricFit(from, start, 16, 4);
    to.asSlice(at, SCALE_AT).fill((byte) 0);
    float scales = Packed.putScale(to, at + SCALE_AT, fit.largestScale() / -32);
    for (int block = 0; block < 16; block++) {
      int scaleLevel = SymmetricFit.level(fit.scale(block), scales, 32);
      putScale(to, at + SCALES_AT, block, scaleLevel + 32);
      float scale = scales * scaleLevel;
      long thirdBits = at + block % 2 * (long) SUB_BLOCK;
      long levels = thirdBits + LEVELS_AT + block / 8 * 32L;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level = SymmetricFit.level(from[start + block * SUB_BLOCK + i], scale, 4) + 4;
        Packed.addBits(to, levels + i, (level & 3) << (block % 8 / 2 * 2));
        Packed.addBits(to, thirdBits + i, level >> 2 << (block / 2));
      }
    }
  }

  private static void putScale(MemorySegment to, long at, int block, int scale) {
    Packed.addBits(to, at + block % 8, (scale & 15) << (block / 8 * 4));
    Packed.addBits(to, at + 8 + block % 4, scale >> 4 << (block / 4 * 2));
  }
}

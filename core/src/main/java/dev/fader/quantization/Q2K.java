package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in sixteen sub-blocks of 16: a byte each with the scale s (low half) and the minimum
/// m (high half), 64 bytes of levels, float16 scales d of the scales and e of the minima. Each 32
/// bytes of levels serve 128 numbers: bits 0 and 1 the first 32, bits 2 and 3 the next. `x = d s q
/// - e m`.
final class Q2K {
  private static final int SUB_BLOCK = 16;
  private static final int LEVELS_AT = 16;
  private static final int SCALE_AT = 80;

  private Q2K() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at + SCALE_AT);
    float minima = Packed.float16(from, at + SCALE_AT + 2);
    for (int block = 0; block < 16; block++) {
      int pair = Packed.unsignedByte(from, at + block);
      float scale = scales * (pair & 15);
      float minimum = minima * (pair >> 4);
      long levels = levels(at, block);
      int shift = shift(block);
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level = Packed.unsignedByte(from, levels + i) >> shift & 3;
        to[start + block * SUB_BLOCK + i] = scale * level - minimum;
      }
    }
  }

  static void encode(float[] from, int start, MemorySegment to, long at) {
    var fit = new AffineFit(from, start, 16, 3);
    float scales = Packed.putScale(to, at + SCALE_AT, fit.largestScale() / 15);
    float minima = Packed.putScale(to, at + SCALE_AT + 2, fit.largestMinimum() / 15);
    to.asSlice(at + LEVELS_AT, SCALE_AT - LEVELS_AT).fill((byte) 0);
    for (int block = 0; block < 16; block++) {
      int minimumLevel = AffineFit.level(fit.minimum(block), minima, 0, 15);
      int scaleLevel = fit.scaleLevel(block, scales, minima * minimumLevel, 15);
      Packed.putByte(to, at + block, scaleLevel | minimumLevel << 4);
      float scale = scales * scaleLevel;
      float minimum = minima * minimumLevel;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level = AffineFit.level(from[start + block * SUB_BLOCK + i], scale, minimum, 3);
        Packed.addBits(to, levels(at, block) + i, level << shift(block));
      }
    }
  }

  private static long levels(long at, int block) {
    return at + LEVELS_AT + block / 8 * 32L + block % 2 * (long) SUB_BLOCK;
  }

  private static int shift(int block) {
    return block % 8 / 2 * 2;
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 64 numbers in four sub-blocks of 16: four bytes of scales, E4M3 without a sign, then eight bytes
/// for each sub-block of E2M1 numbers as in [Mxfp4], the low halves for its first eight.
///
/// A tensor of this format may come with one more scale in a tensor of its own, which is not read.
final class Nvfp4 {
  private static final int SUB_BLOCK = 16;
  private static final int SUB_BLOCKS = 4;
  private static final int HALF = SUB_BLOCK / 2;

  /// The scale that E4M3 makes NaN; ggml reads it as zero.
  private static final int NOT_A_NUMBER = 0x7f;

  private static final int BIAS = 7;

  private Nvfp4() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    for (int block = 0; block < SUB_BLOCKS; block++) {
      float scale = halfScale(Packed.unsignedByte(from, at + block));
      int first = start + block * SUB_BLOCK;
      for (int i = 0; i < HALF; i++) {
        int pair = Packed.unsignedByte(from, at + SUB_BLOCKS + block * (long) HALF + i);
        to[first + i] = scale * Mxfp4.level(pair & 15);
        to[first + HALF + i] = scale * Mxfp4.level(pair >> 4);
      }
    }
  }

  /// Half the scale, because the levels are twice the numbers.
  static float halfScale(int bits) {
    if (bits == NOT_A_NUMBER) {
      return 0;
    }
    int exponent = bits >> 3 & 15;
    int fraction = bits & 7;
    return exponent == 0
        ? Math.scalb((float) fraction, -BIAS - 3)
        : Math.scalb((float) (8 + fraction), exponent - BIAS - 4);
  }
}

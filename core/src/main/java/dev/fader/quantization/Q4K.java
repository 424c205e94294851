package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in eight sub-blocks of 32: float16 scales d of the scales and e of the minima,
/// [SixBitPairs] (s, m), then 128 bytes: of each 32, the low halves belong to one sub-block and the
/// high halves to the next. `x = d s q - e m`.
final class Q4K {
  private static final int SUB_BLOCK = 32;
  private static final int PAIRS_AT = 4;
  private static final int LEVELS_AT = PAIRS_AT + SixBitPairs.BYTES;

  private Q4K() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    float minima = Packed.float16(from, at + 2);
    for (int block = 0; block < 8; block++) {
      float scale = scales * SixBitPairs.scale(from, at + PAIRS_AT, block);
      float minimum = minima * SixBitPairs.minimum(from, at + PAIRS_AT, block);
      long levels = at + LEVELS_AT + block / 2 * (long) SUB_BLOCK;
      int shift = block % 2 * 4;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level = Packed.unsignedByte(from, levels + i) >> shift & 15;
        to[start + block * SUB_BLOCK + i] = scale * level - minimum;
      }
    }
  }

  static void encode(float[] from, int start, MemorySegment to, long at) {
    var fit = new AffineFit(from, start, 8, 15);
    float scales = Packed.putScale(to, at, fit.largestScale() / 63);
    float minima = Packed.putScale(to, at + 2, fit.largestMinimum() / 63);
    SixBitPairs.put(to, at + PAIRS_AT, fit, scales, minima);
    to.asSlice(at + LEVELS_AT, 128).fill((byte) 0);
    for (int block = 0; block < 8; block++) {
      float scale = scales * SixBitPairs.scale(to, at + PAIRS_AT, block);
      float minimum = minima * SixBitPairs.minimum(to, at + PAIRS_AT, block);
      long levels = at + LEVELS_AT + block / 2 * (long) SUB_BLOCK;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level = AffineFit.level(from[start + block * SUB_BLOCK + i], scale, minimum, 15);
        Packed.addBits(to, levels + i, level << (block % 2 * 4));
      }
    }
  }
}

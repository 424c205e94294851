package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in eight sub-blocks of 32, as [Q4K] with 32 bytes before the levels: bit b of byte i
/// is the fifth bit of number i of sub-block b. `x = d s q - e m`.
final class Q5K {
  private static final int SUB_BLOCK = 32;
  private static final int PAIRS_AT = 4;
  private static final int FIFTH_AT = PAIRS_AT + SixBitPairs.BYTES;
  private static final int LEVELS_AT = FIFTH_AT + SUB_BLOCK;

  private Q5K() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    float minima = Packed.float16(from, at + 2);
    for (int block = 0; block < 8; block++) {
      float scale = scales * SixBitPairs.scale(from, at + PAIRS_AT, block);
      float minimum = minima * SixBitPairs.minimum(from, at + PAIRS_AT, block);
      long levels = at + LEVELS_AT + block / 2 * (long) SUB_BLOCK;
      int shift = block % 2 * 4;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int fifth = Packed.unsignedByte(from, at + FIFTH_AT + i) >> block & 1;
        int level = (Packed.unsignedByte(from, levels + i) >> shift & 15) | fifth << 4;
        to[start + block * SUB_BLOCK + i] = scale * level - minimum;
      }
    }
  }

  static void encode(float[] from, int start, MemorySegment to, long at) {
    var fit = new AffineFit(from, start, 8, 31);
    float scales = Packed.putScale(to, at, fit.largestScale() / 63);
    float minima = Packed.putScale(to, at + 2, fit.largestMinimum() / 63);
    SixBitPairs.put(to, at + PAIRS_AT, fit, scales, minima);
    to.asSlice(at + FIFTH_AT, LEVELS_AT - FIFTH_AT + 128).fill((byte) 0);
    for (int block = 0; block < 8; block++) {
      float scale = scales * SixBitPairs.scale(to, at + PAIRS_AT, block);
      float minimum = minima * SixBitPairs.minimum(to, at + PAIRS_AT, block);
      long levels = at + LEVELS_AT + block / 2 * (long) SUB_BLOCK;
      for (int i = 0; i < SUB_BLOCK; i++) {
        int level = AffineFit.level(from[start + block * SUB_BLOCK + i], scale, minimum, 31);
        Packed.addBits(to, levels + i, (level & 15) << (block % 2 * 4));
        Packed.addBits(to, at + FIFTH_AT + i, level >> 4 << block);
      }
    }
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers in eight sub-blocks of 32: a float16 scale d, a short with the high two bits of
/// eight scales s, four bytes with their low halves, then 16 bytes for each sub-block as in
/// [Iq4Nl]. `x = d (s - 32) level[q]`.
final class Iq4Xs {
  private static final int SUB_BLOCK = 32;
  private static final int LEVELS_AT = 8;

  private Iq4Xs() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scales = Packed.float16(from, at);
    int high = Packed.unsignedShort(from, at + 2);
    for (int block = 0; block < 8; block++) {
      int low = Packed.unsignedByte(from, at + 4 + block / 2) >> (block % 2 * 4) & 15;
      float scale = scales * ((low | (high >> (2 * block) & 3) << 4) - 32);
      int first = start + block * SUB_BLOCK;
      for (int i = 0; i < SUB_BLOCK / 2; i++) {
        int pair = Packed.unsignedByte(from, at + LEVELS_AT + block * (SUB_BLOCK / 2L) + i);
        to[first + i] = scale * Iq4Nl.level(pair & 15);
        to[first + SUB_BLOCK / 2 + i] = scale * Iq4Nl.level(pair >> 4);
      }
    }
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 128 numbers: a float16 scale d, then a bit each, lowest first. `x = d` where it is set, else
/// `-d`.
final class Q1Zero {
  private static final int SIZE = 128;

  private Q1Zero() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at);
    for (int i = 0; i < SIZE; i++) {
      int bits = Packed.unsignedByte(from, at + 2 + i / Byte.SIZE);
      to[start + i] = (bits >> (i % Byte.SIZE) & 1) == 0 ? -scale : scale;
    }
  }
}

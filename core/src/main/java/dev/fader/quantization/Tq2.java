package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers of -1, 0 or 1 times a float16 scale: 64 bytes of levels as in [Q2K], then the scale.
/// `x = d (q - 1)`.
final class Tq2 {
  private static final int SCALE_AT = 64;
  private static final int RUN = 32;

  private Tq2() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at + SCALE_AT);
    for (int run = 0; run < 8; run++) {
      for (int i = 0; i < RUN; i++) {
        int levels = Packed.unsignedByte(from, at + run / 4 * (long) RUN + i);
        to[start + run * RUN + i] = scale * ((levels >> (run % 4 * 2) & 3) - 1);
      }
    }
  }

  /// The scale is the largest magnitude, as in [Tq1].
  static void encode(float[] from, int start, MemorySegment to, long at) {
    float scale = Math.abs(Extremes.largest(from, start, 256));
    Packed.putFloat16(to, at + SCALE_AT, scale);
    float inverse = Packed.inverse(scale);
    for (int i = 0; i < 2 * RUN; i++) {
      int first = start + i / RUN * 4 * RUN + i % RUN;
      int levels = 0;
      for (int part = 0; part < 4; part++) {
        levels |= Tq1.ternary(from[first + part * RUN] * inverse) << (2 * part);
      }
      Packed.putByte(to, at + i, levels);
    }
  }
}

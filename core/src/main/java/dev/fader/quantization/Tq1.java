package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 256 numbers of -1, 0 or 1 times a float16 scale: 48 bytes of five numbers each, 4 bytes of four,
/// then the scale. A byte is a fraction of 256 whose ternary digits are the numbers: multiplied by
/// 3 its overflow is the first, and so on. Digit k of the first 32 bytes are the numbers from 32 k
/// on, those of the next 16 follow, then those of the last four.
final class Tq1 {
  private static final int SCALE_AT = 52;
  private static final int[] POWERS = {1, 3, 9, 27, 81};

  private Tq1() {}

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at + SCALE_AT);
    decodeRun(from, at, new Run(32, 5), scale, to, start);
    decodeRun(from, at + 32, new Run(16, 5), scale, to, start + 160);
    decodeRun(from, at + 48, new Run(4, 4), scale, to, start + 240);
  }

  private record Run(int bytes, int digits) {}

  private static void decodeRun(
      MemorySegment from, long at, Run run, float scale, float[] to, int start) {
    for (int digit = 0; digit < run.digits; digit++) {
      for (int i = 0; i < run.bytes; i++) {
        int fraction = Packed.unsignedByte(from, at + i) * POWERS[digit] & 0xff;
        to[start + digit * run.bytes + i] = scale * (((fraction * 3) >> 8) - 1);
      }
    }
  }

  /// The scale is the largest magnitude, which ternary weights have wherever they are not zero.
  static void encode(float[] from, int start, MemorySegment to, long at) {
    float scale = Math.abs(Extremes.largest(from, start, 256));
    Packed.putFloat16(to, at + SCALE_AT, scale);
    float inverse = Packed.inverse(scale);
    encodeRun(from, start, new Run(32, 5), inverse, to, at);
    encodeRun(from, start + 160, new Run(16, 5), inverse, to, at + 32);
    encodeRun(from, start + 240, new Run(4, 4), inverse, to, at + 48);
  }

  private static void encodeRun(
      float[] from, int start, Run run, float inverse, MemorySegment to, long at) {
    for (int i = 0; i < run.bytes; i++) {
      int digits = 0;
      for (int digit = 0; digit < 5; digit++) {
        int next = digit < run.digits ? ternary(from[start + digit * run.bytes + i] * inverse) : 0;
        digits = digits * 3 + next;
      }
      // Rounded up, so that the digits come out again.
      Packed.putByte(to, at + i, Math.ceilDiv(digits * 256, 243));
    }
  }

  /// 0, 1 or 2 for what is nearest to -1, 0 or 1, halves away from zero.
  static int ternary(float x) {
    return x <= -0.5f ? 0 : x < 0.5f ? 1 : 2;
  }
}

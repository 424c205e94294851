package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 32 numbers: a power of two, E8M0, then 16 bytes of E2M1 numbers laid out as in [Q4Zero].
///
/// Source: OCP Microscaling Formats (MX) Specification, version 1.0.
final class Mxfp4 {
  /// Twice the numbers of E2M1, sign in the fourth bit, so that they are whole.
  private static final byte[] LEVELS = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

  private static final int HALF = 16;
  private static final int BIAS = 127;

  /// The exponent of the largest number of E2M1, 6.
  private static final int LARGEST_EXPONENT = 2;

  private Mxfp4() {}

  /// Twice the E2M1 number with these four bits.
  static int level(int bits) {
    return LEVELS[bits];
  }

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = halfScale(Packed.unsignedByte(from, at));
    for (int i = 0; i < HALF; i++) {
      int pair = Packed.unsignedByte(from, at + 1 + i);
      to[start + i] = scale * LEVELS[pair & 15];
      to[start + HALF + i] = scale * LEVELS[pair >> 4];
    }
  }

  /// Half the power of two. ggml reads 255, which the specification makes NaN, as the next power.
  static float halfScale(int exponent) {
    return Math.scalb(1f, exponent - BIAS - 1);
  }

  /// The power of two of the specification, or the next one if that leaves less error.
  static void encode(float[] from, int start, MemorySegment to, long at) {
    float largest = Math.abs(Extremes.largest(from, start, 2 * HALF));
    int exponent = largest == 0 ? 0 : Math.getExponent(largest) - LARGEST_EXPONENT + BIAS;
    int lower = Math.clamp(exponent, 0, 254);
    int upper = Math.min(lower + 1, 254);
    int chosen = error(from, start, upper) < error(from, start, lower) ? upper : lower;
    Packed.putByte(to, at, chosen);
    float scale = halfScale(chosen);
    for (int i = 0; i < HALF; i++) {
      int low = nearest(from[start + i], scale);
      int high = nearest(from[start + HALF + i], scale);
      Packed.putByte(to, at + 1 + i, low | high << 4);
    }
  }

  private static double error(float[] from, int start, int exponent) {
    float scale = halfScale(exponent);
    double sum = 0;
    for (int i = start; i < start + 2 * HALF; i++) {
      double error = from[i] - scale * LEVELS[nearest(from[i], scale)];
      sum += error * error;
    }
    return sum;
  }

  private static int nearest(float x, float scale) {
    float magnitude = Math.abs(x);
    int index = 0;
    while (index < 7 && magnitude > 0.5f * scale * (LEVELS[index] + LEVELS[index + 1])) {
      index++;
    }
    return x < 0 && index > 0 ? index + 8 : index;
  }
}

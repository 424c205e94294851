package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// 32 numbers: a float16 scale d, then 16 bytes of numbers of levels, laid out as in [Q4Zero]. `x =
/// d level[q]`, where the levels are closer together near zero, where weights are.
final class Iq4Nl {
  private static final byte[] LEVELS = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };
  private static final int HALF = 16;
  private static final int WIDTHS = 7;

  private Iq4Nl() {}

  /// The level of number `index`.
  static int level(int index) {
    return LEVELS[index];
  }

  static void decode(MemorySegment from, long at, float[] to, int start) {
    float scale = Packed.float16(from, at);
    for (int i = 0; i < HALF; i++) {
      int pair = Packed.unsignedByte(from, at + 2 + i);
      to[start + i] = scale * level(pair & 15);
      to[start + HALF + i] = scale * level(pair >> 4);
    }
  }

  /// The scale is searched around the one that maps the largest number to the first level, as in
  /// [SymmetricFit].
  static void encode(float[] from, int start, MemorySegment to, long at) {
    float stored = Packed.putFloat16(to, at, scale(from, start));
    float inverse = Packed.inverse(stored);
    for (int i = 0; i < HALF; i++) {
      int low = nearest(from[start + i] * inverse);
      int high = nearest(from[start + HALF + i] * inverse);
      Packed.putByte(to, at + 2 + i, low | high << 4);
    }
  }

  private static float scale(float[] from, int start) {
    float largest = Extremes.largest(from, start, 2 * HALF);
    if (Packed.inverse(largest) == 0) {
      return 0;
    }
    var weights = new float[2 * HALF];
    AffineFit.weigh(from, start, weights);
    float scale = 0;
    double mostExplained = 0;
    for (int i = -WIDTHS; i <= WIDTHS; i++) {
      float inverse = (LEVELS[0] + i) / largest;
      double qq = 0;
      double xq = 0;
      for (int k = 0; k < weights.length; k++) {
        float x = from[start + k];
        double level = LEVELS[nearest(x * inverse)];
        qq += weights[k] * level * level;
        xq += weights[k] * x * level;
      }
      if (qq > 0 && xq * xq / qq > mostExplained) {
        mostExplained = xq * xq / qq;
        scale = (float) (xq / qq);
      }
    }
    return scale;
  }

  private static int nearest(float x) {
    int index = 0;
    while (index < LEVELS.length - 1 && x > 0.5f * (LEVELS[index] + LEVELS[index + 1])) {
      index++;
    }
    return index;
  }
}

package dev.fader.kernel.interleaved;

import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The levels, scales and minima of one line of a quantised tensor, read from its blocks one by
/// one, and the product in the order that [InterleavedProduct] documents.
final class PlainGroups {
  private static final int[] UNEVEN = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };
  private static final int[] TWICE_E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

  private final InterleavedLayout layout;
  private final int[] levels;
  private final float[] scales;
  private final float[] minima;

  private PlainGroups(InterleavedLayout layout, int depth) {
    this.layout = layout;
    levels = new int[depth];
    scales = new float[depth / layout.group()];
    minima = new float[depth / layout.group()];
  }

  static PlainGroups of(Tensor tensor, int line) {
    var layout = InterleavedLayout.of(tensor.type()).orElseThrow();
    int depth = tensor.shape().size(1);
    var groups = new PlainGroups(layout, depth);
    int blocks = depth / layout.format().elements();
    for (int block = 0; block < blocks; block++) {
      long at = ((long) line * blocks + block) * layout.format().bytes();
      groups.read(tensor.segment(), at, block);
    }
    return groups;
  }

  private void read(MemorySegment from, long at, int block) {
    int first = block * layout.format().elements();
    int group = block * layout.groups();
    switch (layout) {
      case Q4_0, Q4_1 -> {
        scales[group] = half(from, at);
        boolean minimum = layout.hasMinima();
        minima[group] = minimum ? half(from, at + 2) : 0;
        for (int i = 0; i < 16; i++) {
          int pair = unsigned(from, at + (minimum ? 4 : 2) + i);
          levels[first + i] = pair & 15;
          levels[first + 16 + i] = pair >> 4;
        }
      }
      case Q5_0, Q5_1 -> {
        scales[group] = half(from, at);
        boolean minimum = layout.hasMinima();
        minima[group] = minimum ? half(from, at + 2) : 0;
        int fifths = from.get(ValueLayout.JAVA_INT_UNALIGNED, at + (minimum ? 4 : 2));
        for (int i = 0; i < 32; i++) {
          int pair = unsigned(from, at + (minimum ? 8 : 6) + i % 16);
          levels[first + i] = (i < 16 ? pair & 15 : pair >> 4) | (fifths >>> i & 1) << 4;
        }
      }
      case Q4_K, Q5_K -> {
        for (int g = 0; g < 8; g++) {
          int scale = sixBits(from, at + 4, 2 * g, g);
          int minimum = sixBits(from, at + 4, 2 * g + 1, g);
          scales[group + g] = scale * half(from, at);
          minima[group + g] = minimum * -half(from, at + 2);
          for (int i = 0; i < 32; i++) {
            boolean five = layout == InterleavedLayout.Q5_K;
            int pair = unsigned(from, at + (five ? 48 : 16) + g / 2 * 32 + i);
            int fifth = five ? unsigned(from, at + 16 + i) >> g & 1 : 0;
            levels[first + 32 * g + i] = (g % 2 == 0 ? pair & 15 : pair >> 4) | fifth << 4;
          }
        }
      }
      case Q6_K -> {
        for (int i = 0; i < 256; i++) {
          int half = i / 128;
          int quarter = i % 128 / 32;
          int l = i % 32;
          int low = unsigned(from, at + 64 * half + 32 * (quarter % 2) + l) >> quarter / 2 * 4 & 15;
          int high = unsigned(from, at + 128 + 32 * half + l) >> 2 * quarter & 3;
          levels[first + i] = low | high << 4;
        }
        for (int g = 0; g < 16; g++) {
          byte factor = from.get(ValueLayout.JAVA_BYTE, at + 192 + g);
          scales[group + g] = factor * half(from, at + 208);
        }
      }
      case Q2_K, Q3_K -> {
        boolean three = layout == InterleavedLayout.Q3_K;
        for (int i = 0; i < 256; i++) {
          int pairs = unsigned(from, at + (three ? 32 : 16) + i / 128 * 32 + i % 32);
          int third = three ? unsigned(from, at + i % 32) >> i / 32 & 1 : 0;
          levels[first + i] = pairs >> i % 128 / 32 * 2 & 3 | third << 2;
        }
        for (int g = 0; g < 16; g++) {
          if (three) {
            int low = unsigned(from, at + 96 + g % 8) >> g / 8 * 4 & 15;
            int high = unsigned(from, at + 104 + g % 4) >> g / 4 * 2 & 3;
            scales[group + g] = ((low | high << 4) - 32) * half(from, at + 108);
          } else {
            int pair = unsigned(from, at + g);
            scales[group + g] = (pair & 15) * half(from, at + 80);
            minima[group + g] = (pair >> 4) * -half(from, at + 82);
          }
        }
      }
      case IQ4_NL, MXFP4 -> {
        boolean power = layout == InterleavedLayout.MXFP4;
        scales[group] = power ? Math.scalb(1f, unsigned(from, at) - 128) : half(from, at);
        readTable(from, at + (power ? 1 : 2), first, power ? TWICE_E2M1 : UNEVEN);
      }
      case IQ4_XS -> {
        for (int g = 0; g < 8; g++) {
          int low = unsigned(from, at + 4 + g / 2) >> g % 2 * 4 & 15;
          int high = unsigned(from, at + 2 + g / 4) >> g % 4 * 2 & 3;
          scales[group + g] = ((low | high << 4) - 32) * half(from, at);
          readTable(from, at + 8 + g * 16L, first + 32 * g, UNEVEN);
        }
      }
      case Q8_0 -> {
        scales[group] = half(from, at);
        for (int i = 0; i < 32; i++) {
          levels[first + i] = from.get(ValueLayout.JAVA_BYTE, at + 2 + i);
        }
      }
    }
  }

  private void readTable(MemorySegment from, long at, int first, int[] table) {
    for (int i = 0; i < 16; i++) {
      levels[first + i] = table[unsigned(from, at + i) & 15];
      levels[first + 16 + i] = table[unsigned(from, at + i) >> 4];
    }
  }

  /// ggml's `get_scale_min_k4`: scales in even places, minima in odd ones.
  private static int sixBits(MemorySegment from, long at, int place, int group) {
    int shift = place % 2 * 4;
    if (group < 4) {
      return unsigned(from, at + group + shift) & 63;
    }
    int low = unsigned(from, at + group + 4) >> shift & 15;
    return low | unsigned(from, at + group - 4 + shift) >> 6 << 4;
  }

  private static int unsigned(MemorySegment from, long at) {
    return Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at));
  }

  private static float half(MemorySegment from, long at) {
    return Float.float16ToFloat(from.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
  }

  float product(float[] x) {
    float sum = 0;
    int piece = StripPiece.ELEMENTS / layout.group();
    for (int start = 0; start < scales.length; start += piece) {
      int end = Math.min(scales.length, start + piece);
      for (int g = start; g < end; g++) {
        sum = Math.fma(group(x, g), scales[g], sum);
      }
      for (int g = start; layout.hasMinima() && g < end; g++) {
        sum = Math.fma(minima[g], sumOf(x, g), sum);
      }
    }
    return sum;
  }

  /// With the row in eight bits.
  float productOfEightBits(float[] x) {
    var numbers = new int[x.length];
    var factors = new float[x.length / 32];
    for (int i = 0; i < x.length; i += 32) {
      float most = 0;
      for (int k = i; k < i + 32; k++) {
        most = Math.max(most, Math.abs(x[k]));
      }
      factors[i / 32] = most / 127;
      for (int k = i; k < i + 32 && most > 0; k++) {
        numbers[k] = (int) Math.rint(x[k] * (127 / most));
      }
    }
    float sum = 0;
    int piece = StripPiece.ELEMENTS / layout.group();
    for (int start = 0; start < scales.length; start += piece) {
      int end = Math.min(scales.length, start + piece);
      for (int g = start; g < end; g++) {
        int products = 0;
        for (int k = g * layout.group(); k < (g + 1) * layout.group(); k++) {
          products += (levels[k] - layout.offset()) * numbers[k];
        }
        sum = Math.fma(products * factors[g * layout.group() / 32], scales[g], sum);
      }
      for (int g = start; layout.hasMinima() && g < end; g++) {
        int all = 0;
        for (int k = g * layout.group(); k < (g + 1) * layout.group(); k++) {
          all += numbers[k];
        }
        sum = Math.fma(minima[g], factors[g * layout.group() / 32] * all, sum);
      }
    }
    return sum;
  }

  private float group(float[] x, int group) {
    int first = group * layout.group();
    float even = layout.offset() == 0 ? 0 : -layout.offset() * sumOf(x, group);
    float odd = 0;
    for (int i = first; i < first + layout.group(); i += 2) {
      even = Math.fma(levels[i], x[i], even);
      odd = Math.fma(levels[i + 1], x[i + 1], odd);
    }
    return even + odd;
  }

  private float sumOf(float[] x, int group) {
    var parts = new float[4];
    int first = group * layout.group();
    for (int i = 0; i < layout.group(); i++) {
      parts[i % 4] += x[first + i];
    }
    return parts[0] + parts[1] + (parts[2] + parts[3]);
  }
}

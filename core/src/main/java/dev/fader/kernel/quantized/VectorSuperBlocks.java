package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.VectorBlocks.LANES;
import static dev.fader.kernel.quantized.VectorBlocks.float16;
import static dev.fader.kernel.quantized.VectorBlocks.floats;
import static dev.fader.kernel.quantized.VectorBlocks.unsigned;
import static dev.fader.kernel.quantized.VectorBlocks.upper;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.VectorOperators;

/// Decoders of super-blocks of 256, as those of [VectorBlocks].
final class VectorSuperBlocks {
  private VectorSuperBlocks() {}

  static void decodeQ4K(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 144L;
      float scales = float16(from, here);
      float minima = float16(from, here + 2);
      for (int pair = 0; pair < 4; pair++) {
        float lowScale = scales * scale(from, here + 4, 2 * pair);
        float lowMinimum = minima * minimum(from, here + 4, 2 * pair);
        float highScale = scales * scale(from, here + 4, 2 * pair + 1);
        float highMinimum = minima * minimum(from, here + 4, 2 * pair + 1);
        long levels = here + 16 + pair * 32L;
        int low = at + block * 256 + pair * 64;
        for (int i = 0; i < 32; i += LANES) {
          var both = unsigned(from, levels + i);
          floats(both.and(15)).mul(lowScale).sub(lowMinimum).intoArray(to, low + i);
          floats(upper(both)).mul(highScale).sub(highMinimum).intoArray(to, low + 32 + i);
        }
      }
    }
  }

  static void decodeQ5K(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      for (int part = 0; part < 8; part++) {
        decodeQ5KPart(from, start + block * 176L, part, to, at + block * 256 + part * 32);
      }
    }
  }

  /// One sub-block at a time: with more in one method the compiler's budget for inlining ends and
  /// vectors go to the heap.
  private static void decodeQ5KPart(MemorySegment from, long here, int part, float[] to, int at) {
    float scale = float16(from, here) * scale(from, here + 4, part);
    float minimum = float16(from, here + 2) * minimum(from, here + 4, part);
    long levels = here + 48 + part / 2 * 32L;
    int shift = part % 2 * 4;
    for (int i = 0; i < 32; i += LANES) {
      var low = unsigned(from, levels + i).lanewise(VectorOperators.LSHR, shift).and(15);
      var fifth = unsigned(from, here + 16 + i).lanewise(VectorOperators.LSHR, part).and(1);
      var level = low.or(fifth.lanewise(VectorOperators.LSHL, 4));
      floats(level).mul(scale).sub(minimum).intoArray(to, at + i);
    }
  }

  static void decodeQ6K(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      for (int part = 0; part < 8; part++) {
        decodeQ6KPart(from, start + block * 210L, part, to, at + block * 256 + part * 32);
      }
    }
  }

  /// Two sub-blocks of 16.
  private static void decodeQ6KPart(MemorySegment from, long here, int part, float[] to, int at) {
    float scales = float16(from, here + 208);
    long lowBits = here + part / 4 * 64L + part % 2 * 32L;
    long highBits = here + 128 + part / 4 * 32L;
    int lowShift = part % 4 / 2 * 4;
    int highShift = part % 4 * 2;
    for (int i = 0; i < 32; i += LANES) {
      float scale = scales * signedByte(from, here + 192 + part * 2L + i / 16);
      var low = unsigned(from, lowBits + i).lanewise(VectorOperators.LSHR, lowShift).and(15);
      var high = unsigned(from, highBits + i).lanewise(VectorOperators.LSHR, highShift).and(3);
      var level = low.or(high.lanewise(VectorOperators.LSHL, 4)).sub(32);
      floats(level).mul(scale).intoArray(to, at + i);
    }
  }

  private static int signedByte(MemorySegment from, long at) {
    return from.get(ValueLayout.JAVA_BYTE, at);
  }

  /// A scale of six bits, packed with the others as in the formats Q4_K and Q5_K.
  private static int scale(MemorySegment from, long at, int index) {
    return index < 4
        ? signedByte(from, at + index) & 63
        : (signedByte(from, at + 4 + index) & 15) | (signedByte(from, at + index - 4) & 0xc0) >> 2;
  }

  private static int minimum(MemorySegment from, long at, int index) {
    return index < 4
        ? signedByte(from, at + 4 + index) & 63
        : (signedByte(from, at + 4 + index) & 0xf0) >> 4
            | (signedByte(from, at + index) & 0xc0) >> 2;
  }
}

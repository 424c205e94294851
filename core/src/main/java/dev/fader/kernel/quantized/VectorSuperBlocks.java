package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.VectorBlocks.LANES;
import static dev.fader.kernel.quantized.VectorBlocks.float16;
import static dev.fader.kernel.quantized.VectorBlocks.floats;
import static dev.fader.kernel.quantized.VectorBlocks.unsigned;
import static dev.fader.kernel.quantized.VectorBlocks.upper;

import dev.fader.kernel.matrix.Floats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.VectorOperators;

/// Decoders of super-blocks of 256, as those of [VectorBlocks].
final class VectorSuperBlocks {
  private static final int SIX_BITS = 0x3f3f_3f3f;
  private static final int FOUR_BITS = 0x0f0f_0f0f;
  private static final int UPPER_TWO = 0x3030_3030;

  private VectorSuperBlocks() {}

  static void decodeQ4K(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 144L;
      float scales = float16(from, here);
      float minima = float16(from, here + 2);
      long ofAll = scales(from, here + 4);
      long ofMinima = minima(from, here + 4);
      for (int pair = 0; pair < 4; pair++) {
        float lowScale = scales * one(ofAll, 2 * pair);
        float lowMinimum = minima * one(ofMinima, 2 * pair);
        float highScale = scales * one(ofAll, 2 * pair + 1);
        float highMinimum = minima * one(ofMinima, 2 * pair + 1);
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
    float scale = float16(from, here) * one(scales(from, here + 4), part);
    float minimum = float16(from, here + 2) * one(minima(from, here + 4), part);
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
      for (int part = 0; part < 4; part++) {
        decodeQ6KPart(from, start + block * 210L, part, to, at + block * 256);
      }
    }
  }

  /// Four sub-blocks of 16, whose low bits share 32 bytes: 32 numbers, and those 64 further on.
  private static void decodeQ6KPart(MemorySegment from, long here, int part, float[] to, int at) {
    float scales = float16(from, here + 208);
    int first = part / 2 * 128 + part % 2 * 32;
    long lowBits = here + part * 32L;
    long highBits = here + 128 + part / 2 * 32L;
    for (int i = 0; i < 32; i += LANES) {
      long scale = here + 192 + (first + i) / 16;
      var low = unsigned(from, lowBits + i);
      var high = unsigned(from, highBits + i).lanewise(VectorOperators.LSHR, part % 2 * 2);
      var level = low.and(15).or(high.lanewise(VectorOperators.LSHL, 4).and(48)).sub(32);
      floats(level).mul(scales * signedByte(from, scale)).intoArray(to, at + first + i);
      level = upper(low).or(high.and(48)).sub(32);
      floats(level).mul(scales * signedByte(from, scale + 4)).intoArray(to, at + first + 64 + i);
    }
  }

  private static int signedByte(MemorySegment from, long at) {
    return from.get(ValueLayout.JAVA_BYTE, at);
  }

  /// One of eight bytes.
  private static int one(long packed, int index) {
    return (int) (packed >>> (8 * index)) & 255;
  }

  /// The eight scales of Q4_K and Q5_K, a byte each: four in the low six bits of four bytes; of the
  /// others the high two bits are above those, and the low four share bytes with those of minima.
  private static long scales(MemorySegment from, long at) {
    int first = from.get(Floats.INT, at);
    int last = (from.get(Floats.INT, at + 8) & FOUR_BITS) | ((first >>> 2) & UPPER_TWO);
    return ((long) last << 32) | (first & SIX_BITS);
  }

  private static long minima(MemorySegment from, long at) {
    int first = from.get(Floats.INT, at + 4);
    int last = ((from.get(Floats.INT, at + 8) >>> 4) & FOUR_BITS) | ((first >>> 2) & UPPER_TWO);
    return ((long) last << 32) | (first & SIX_BITS);
  }
}

package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.VectorBlocks.float16;

import dev.fader.kernel.matrix.Floats;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Scales and minima within the blocks of 256: whole numbers, four to an int, times what the block
/// has for all. Unlike levels they are few, and four at a time are enough.
final class SuperBlockScales {
  private static final VectorSpecies<Integer> QUAD = IntVector.SPECIES_128;

  /// Where the bytes of an int begin.
  private static final IntVector PLACES = IntVector.broadcast(QUAD, 0).addIndex(8);

  private static final int SIX_BITS = 0x3f3f_3f3f;
  private static final int FOUR_BITS = 0x0f0f_0f0f;
  private static final int UPPER_TWO = 0x3030_3030;

  private SuperBlockScales() {}

  /// Those of Q4_K and Q5_K: the first four of each in the low six bits of four bytes; of the
  /// others the high two bits are above those, the low halves share the last four. Too long to be
  /// inlined into its caller, as [FewLevels] explains.
  static void pairs(MemorySegment from, long start, int bytes, int blocks, Levels to, int group) {
    for (int block = 0; block < blocks; block++) {
      long here = start + (long) block * bytes;
      int at = group + block * 8;
      float scale = float16(from, here);
      int scales = from.get(Floats.INT, here + 4);
      int minima = from.get(Floats.INT, here + 8);
      int rest = from.get(Floats.INT, here + 12);
      ((FloatVector)
              IntVector.broadcast(QUAD, scales & SIX_BITS)
                  .lanewise(VectorOperators.LSHR, PLACES)
                  .and(255)
                  .convert(VectorOperators.I2F, 0))
          .mul(scale)
          .intoArray(to.scales, at);
      ((FloatVector)
              IntVector.broadcast(QUAD, (rest & FOUR_BITS) | ((scales >>> 2) & UPPER_TWO))
                  .lanewise(VectorOperators.LSHR, PLACES)
                  .and(255)
                  .convert(VectorOperators.I2F, 0))
          .mul(scale)
          .intoArray(to.scales, at + 4);
      float minimum = float16(from, here + 2);
      ((FloatVector)
              IntVector.broadcast(QUAD, minima & SIX_BITS)
                  .lanewise(VectorOperators.LSHR, PLACES)
                  .and(255)
                  .convert(VectorOperators.I2F, 0))
          .mul(minimum)
          .intoArray(to.minima, at);
      ((FloatVector)
              IntVector.broadcast(QUAD, ((rest >>> 4) & FOUR_BITS) | ((minima >>> 2) & UPPER_TWO))
                  .lanewise(VectorOperators.LSHR, PLACES)
                  .and(255)
                  .convert(VectorOperators.I2F, 0))
          .mul(minimum)
          .intoArray(to.minima, at + 4);
    }
  }

  static void q6K(MemorySegment from, long start, int blocks, float[] to, int group) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 210L + 192;
      int at = group + block * 16;
      float scale = float16(from, here + 16);
      signed(from.get(Floats.INT, here)).mul(scale).intoArray(to, at);
      signed(from.get(Floats.INT, here + 4)).mul(scale).intoArray(to, at + 4);
      signed(from.get(Floats.INT, here + 8)).mul(scale).intoArray(to, at + 8);
      signed(from.get(Floats.INT, here + 12)).mul(scale).intoArray(to, at + 12);
    }
  }

  static void q3K(MemorySegment from, long start, int blocks, float[] to, int group) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 110L;
      int at = group + block * 16;
      float scale = float16(from, here + 108);
      int low = from.get(Floats.INT, here + 96);
      int high = from.get(Floats.INT, here + 100);
      int upper = from.get(Floats.INT, here + 104);
      four((low & FOUR_BITS) | ((upper << 4) & UPPER_TWO)).sub(32).mul(scale).intoArray(to, at);
      four((high & FOUR_BITS) | ((upper << 2) & UPPER_TWO))
          .sub(32)
          .mul(scale)
          .intoArray(to, at + 4);
      four(((low >>> 4) & FOUR_BITS) | (upper & UPPER_TWO))
          .sub(32)
          .mul(scale)
          .intoArray(to, at + 8);
      four(((high >>> 4) & FOUR_BITS) | ((upper >>> 2) & UPPER_TWO))
          .sub(32)
          .mul(scale)
          .intoArray(to, at + 12);
    }
  }

  static void q2K(MemorySegment from, long start, int blocks, Levels to, int group) {
    for (int i = 0; i < 4 * blocks; i++) {
      long here = start + i / 4 * 84L;
      int pairs = from.get(Floats.INT, here + i % 4 * 4L);
      four(pairs & FOUR_BITS).mul(float16(from, here + 80)).intoArray(to.scales, group + 4 * i);
      four((pairs >>> 4) & FOUR_BITS)
          .mul(float16(from, here + 82))
          .intoArray(to.minima, group + 4 * i);
    }
  }

  static void iq4Xs(MemorySegment from, long start, int blocks, float[] to, int group) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 136L;
      float scale = float16(from, here);
      int upper = from.get(Floats.SHORT, here + 2);
      int lower = from.get(Floats.INT, here + 4);
      for (int i = 0; i < 8; i++) {
        int level = ((lower >>> (4 * i)) & 15) | (((upper >>> (2 * i)) & 3) << 4);
        to[group + block * 8 + i] = scale * (level - 32);
      }
    }
  }

  /// The bytes of an int, from 0 to 255.
  private static FloatVector four(int bytes) {
    return floats(IntVector.broadcast(QUAD, bytes).lanewise(VectorOperators.LSHR, PLACES).and(255));
  }

  /// The bytes of an int, from -128 to 127.
  private static FloatVector signed(int bytes) {
    return floats(
        IntVector.broadcast(QUAD, bytes)
            .lanewise(VectorOperators.LSHR, PLACES)
            .lanewise(VectorOperators.LSHL, 24)
            .lanewise(VectorOperators.ASHR, 24));
  }

  private static FloatVector floats(IntVector ints) {
    return (FloatVector) ints.convert(VectorOperators.I2F, 0);
  }
}

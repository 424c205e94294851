package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The scales of some blocks of a strip as floats: sixteen for each group, one for each line; and
/// so the minima.
final class InterleavedScales {
  private static final int LINES = InterleavedLayout.LINES;
  private static final int LANES = FLOATS.length();
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(LANES * Short.SIZE));
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8, LANES) * Byte.SIZE));

  /// What a float16 moved to the place of a float is too small by.
  private static final float HALF = 0x1p112f;

  /// The same for levels that stand in the highest byte of a word.
  private static final float HALF_OF_HIGHEST_BYTE = HALF * 0x1p-24f;

  final float[] scales;
  final float[] minima;

  /// @param groups the most that are read at a time
  InterleavedScales(int groups) {
    scales = new float[groups * LINES];
    minima = new float[groups * LINES];
  }

  /// Reads the scales of `blocks` blocks, which begin at byte `at`.
  void read(InterleavedLayout layout, MemorySegment from, long at, int blocks) {
    switch (layout) {
      case Q4_0, Q5_0, IQ4_NL -> readHalves(from, at, blocks * LINES, HALF);
      case Q8_0 -> readHalves(from, at, blocks * LINES, HALF_OF_HIGHEST_BYTE);
      case Q4_1, Q5_1 -> readPairs(from, at, blocks);
      case Q2_K -> readNibblePairs(from, at, blocks);
      case Q3_K -> readSixBits(from, at, blocks);
      case Q4_K, Q5_K -> readGroupPairs(from, at, blocks);
      case Q6_K -> readGroups(from, at, blocks, 16);
      case IQ4_XS -> readGroups(from, at, blocks, 8);
      case MXFP4 -> readPowers(from, at, blocks * LINES);
    }
  }

  /// Sixteen-bit floats, exactly: a float has thirteen bits more behind and an exponent that counts
  /// from 112 less.
  private static FloatVector halves(MemorySegment from, long at) {
    return halves(from, at, HALF);
  }

  private static FloatVector halves(MemorySegment from, long at, float factor) {
    var bits =
        (IntVector)
            ShortVector.fromMemorySegment(SHORTS, from, at, ORDER).convertShape(S2I, INTS, 0);
    return bits.lanewise(LSHL, 13).and(0x8fff_e000).reinterpretAsFloats().mul(factor);
  }

  private void readHalves(MemorySegment from, long at, int count, float factor) {
    for (int i = 0; i < count; i += LANES) {
      halves(from, at + 2L * i, factor).intoArray(scales, i);
    }
  }

  private void readPairs(MemorySegment from, long at, int blocks) {
    for (int i = 0; i < blocks * LINES; i += LANES) {
      long here = at + 2L * (i / LINES * 2 * LINES + i % LINES);
      halves(from, here).intoArray(scales, i);
      halves(from, here + 2 * LINES).intoArray(minima, i);
    }
  }

  private void readGroupPairs(MemorySegment from, long at, int blocks) {
    int bytes = InterleavedLayout.Q4_K.scaleBytes();
    for (int block = 0; block < blocks; block++) {
      long here = at + (long) block * bytes;
      for (int lane = 0; lane < LINES; lane += LANES) {
        var scale = halves(from, here + 2L * lane);
        var minimum = halves(from, here + 2L * LINES + 2L * lane).neg();
        long groups = here + 4 * LINES + lane;
        for (int group = 0; group < 8; group++) {
          int to = (block * 8 + group) * LINES + lane;
          long byScale = groups + (long) group * 2 * LINES;
          unsigned(from, byScale).mul(scale).intoArray(scales, to);
          unsigned(from, byScale + LINES).mul(minimum).intoArray(minima, to);
        }
      }
    }
  }

  private static FloatVector unsigned(MemorySegment from, long at) {
    var bytes = ByteVector.fromMemorySegment(BYTES, from, at, ORDER);
    return (FloatVector) bytes.convertShape(ZERO_EXTEND_B2I, INTS, 0).convert(I2F, 0);
  }

  private void readGroups(MemorySegment from, long at, int blocks, int groups) {
    int bytes = LINES * (2 + groups);
    for (int block = 0; block < blocks; block++) {
      long here = at + (long) block * bytes;
      for (int lane = 0; lane < LINES; lane += LANES) {
        var scale = halves(from, here + 2L * lane);
        long factors = here + 2 * LINES + lane;
        for (int group = 0; group < groups; group++) {
          var factor =
              ByteVector.fromMemorySegment(BYTES, from, factors + (long) group * LINES, ORDER);
          ((FloatVector) factor.convertShape(B2F, FLOATS, 0))
              .mul(scale)
              .intoArray(scales, (block * groups + group) * LINES + lane);
        }
      }
    }
  }

  private void readNibblePairs(MemorySegment from, long at, int blocks) {
    int bytes = InterleavedLayout.Q2_K.scaleBytes();
    for (int block = 0; block < blocks; block++) {
      long here = at + (long) block * bytes;
      for (int lane = 0; lane < LINES; lane += LANES) {
        var scale = halves(from, here + 2L * lane);
        var minimum = halves(from, here + 2L * LINES + 2L * lane).neg();
        long pairs = here + 4 * LINES + lane;
        for (int group = 0; group < 16; group++) {
          int to = (block * 16 + group) * LINES + lane;
          var bits = ByteVector.fromMemorySegment(BYTES, from, pairs + (long) group * LINES, ORDER);
          var pair = (IntVector) bits.convertShape(ZERO_EXTEND_B2I, INTS, 0);
          ((FloatVector) pair.and(15).convert(I2F, 0)).mul(scale).intoArray(scales, to);
          ((FloatVector) pair.lanewise(LSHR, 4).convert(I2F, 0)).mul(minimum).intoArray(minima, to);
        }
      }
    }
  }

  /// Low halves of sixteen scales in eight bytes, their high bits in four, as Q3_K has them.
  private void readSixBits(MemorySegment from, long at, int blocks) {
    int bytes = InterleavedLayout.Q3_K.scaleBytes();
    for (int block = 0; block < blocks; block++) {
      long here = at + (long) block * bytes;
      for (int lane = 0; lane < LINES; lane += LANES) {
        var scale = halves(from, here + 2L * lane);
        long words = here + 2L * LINES + 4L * lane;
        var high = IntVector.fromMemorySegment(INTS, from, words + 2 * 4L * LINES, ORDER);
        for (int half = 0; half < 2; half++) {
          var low = IntVector.fromMemorySegment(INTS, from, words + half * 4L * LINES, ORDER);
          for (int i = 0; i < 8; i++) {
            // Bytes first: group 4 half + i % 4, then eight further.
            int place = i % 4 * 8;
            var bits =
                low.lanewise(LSHR, place + i / 4 * 4)
                    .and(15)
                    .or(high.lanewise(LSHR, place + i / 4 * 4 + 2 * half).and(3).lanewise(LSHL, 4));
            int group = block * 16 + half * 4 + i % 4 + i / 4 * 8;
            ((FloatVector) bits.sub(32).convert(I2F, 0))
                .mul(scale)
                .intoArray(scales, group * LINES + lane);
          }
        }
      }
    }
  }

  /// Half of the powers of two, because levels are twice the numbers: the product of two powers, so
  /// that the smallest, which are subnormal, are right.
  private void readPowers(MemorySegment from, long at, int count) {
    for (int i = 0; i < count; i += LANES) {
      var bytes = ByteVector.fromMemorySegment(BYTES, from, at + i, ORDER);
      var exponent = (IntVector) bytes.convertShape(ZERO_EXTEND_B2I, INTS, 0);
      var half = exponent.lanewise(LSHR, 1);
      power(half).mul(power(exponent.sub(half))).intoArray(scales, i);
    }
  }

  /// 2 to the power of an exponent less 64.
  private static FloatVector power(IntVector exponent) {
    return exponent.add(127 - 64).lanewise(LSHL, 23).reinterpretAsFloats();
  }
}

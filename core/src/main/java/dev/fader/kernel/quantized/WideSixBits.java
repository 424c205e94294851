package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.WideBlocks.BYTES;
import static dev.fader.kernel.quantized.WideBlocks.INTS;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import dev.fader.kernel.matrix.Floats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Q6_K for vectors of sixteen floats, as [WideBlocks] has other formats. A level of six bits under
/// the exponent of 2^23 is a float already: one subtraction takes the exponent and the 32 away,
/// which no table and no conversion does in less.
///
/// Half a block, 128 elements, is 64 bytes with lower halves and 32 with upper pairs of bits. A run
/// of 64 elements of one line at a time: more reach the compiler's limit of nodes, at once or,
/// worse, only in some processes, and then vectors go to the heap. These methods are written
/// without others, and so too long to be inlined into their callers, as [FewLevels] explains.
final class WideSixBits {
  private static final int LANES = FLOATS.length();
  private static final int BLOCK = 210;

  /// The bits of 2^23.
  private static final IntVector EXPONENT = IntVector.broadcast(INTS, 0x4b00_0000);

  /// What they add to a level, and the 32 that it stands for less.
  private static final FloatVector OFFSET = FloatVector.broadcast(FLOATS, 0x1p23f + 32);

  private static final IntVector HALF = IntVector.broadcast(INTS, 15);
  private static final IntVector PAIR = IntVector.broadcast(INTS, 0x30);

  private WideSixBits() {}

  /// One row times four lines, as [WideBlocks#multiply].
  static void multiply(
      MemorySegment from,
      long[] lines,
      int blocks,
      float[] x,
      int xAt,
      float[] sums,
      Levels scratch) {
    for (int line = 0; line < 4; line++) {
      scratch.levels[line] = touch(from, lines[line], blocks);
    }
    for (int line = 0; line < 4; line++) {
      scales(from, lines[line], blocks, scratch.scales, 0);
      line(from, lines[line], blocks, x, xAt, sums, line * LANES, scratch.scales);
    }
  }

  /// Asks for all of a line at once, where line after line would wait for memory: a byte of each
  /// 64.
  private static byte touch(MemorySegment from, long start, int blocks) {
    int sum = 0;
    for (int i = 0; i < blocks * BLOCK; i += 64) {
      sum += from.get(ValueLayout.JAVA_BYTE, start + i);
    }
    return (byte) sum;
  }

  /// The scale of each 16 elements.
  private static void scales(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * (long) BLOCK + 192;
      var levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here, ORDER).convertShape(B2I, INTS, 0);
      ((FloatVector) levels.convert(I2F, 0))
          .mul(Float.float16ToFloat(from.get(Floats.SHORT, here + 16)))
          .intoArray(to, at + block * 16);
    }
  }

  private static void line(
      MemorySegment from,
      long start,
      int blocks,
      float[] x,
      int xAt,
      float[] sums,
      int sumsAt,
      float[] scales) {
    var sum = FloatVector.fromArray(FLOATS, sums, sumsAt);
    for (int run = 0; run < 4 * blocks; run++) {
      int at = run * 4;
      int to = xAt + run * 64;
      int shift = run % 2 * 4; // to the upper halves and the upper two pairs of bits
      long block = start + run / 4 * (long) BLOCK;
      long here = block + run / 2 % 2 * 32L + 128;
      var upper0 =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHL, 4)
              .lanewise(LSHR, shift);
      var upper1 =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here + 16, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHL, 4)
              .lanewise(LSHR, shift);
      here = block + run / 2 % 2 * 64L;
      var low =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHR, shift)
              .and(HALF)
              .or(upper0.and(PAIR))
              .or(EXPONENT);
      sum =
          low.reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at])
              .fma(FloatVector.fromArray(FLOATS, x, to), sum);
      low =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here + 16, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHR, shift)
              .and(HALF)
              .or(upper1.and(PAIR))
              .or(EXPONENT);
      sum =
          low.reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 1])
              .fma(FloatVector.fromArray(FLOATS, x, to + 16), sum);
      upper0 = upper0.lanewise(LSHR, 2);
      low =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here + 32, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHR, shift)
              .and(HALF)
              .or(upper0.and(PAIR))
              .or(EXPONENT);
      sum =
          low.reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 2])
              .fma(FloatVector.fromArray(FLOATS, x, to + 32), sum);
      upper1 = upper1.lanewise(LSHR, 2);
      low =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here + 48, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHR, shift)
              .and(HALF)
              .or(upper1.and(PAIR))
              .or(EXPONENT);
      sum =
          low.reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 3])
              .fma(FloatVector.fromArray(FLOATS, x, to + 48), sum);
    }
    sum.intoArray(sums, sumsAt);
  }

  /// A line as floats, as [WideLines#decode]. Two vectors at a time: with four the compiler stops
  /// at its limit of nodes in processes that have met many formats.
  static void decode(
      MemorySegment from, long start, int blocks, float[] to, int toAt, float[] scales) {
    scales(from, start, blocks, scales, 0);
    for (int half = 0; half < 8 * blocks; half++) {
      int run = half / 2;
      int place = half % 2;
      int at = run * 4 + place;
      int first = toAt + run * 64 + place * 16;
      int shift = run % 2 * 4;
      long block = start + run / 4 * (long) BLOCK;
      long here = block + run / 2 % 2 * 32L + 128 + place * 16L;
      var upper =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHL, 4)
              .lanewise(LSHR, shift);
      here = block + run / 2 % 2 * 64L + place * 16L;
      var low =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHR, shift)
              .and(HALF)
              .or(upper.and(PAIR))
              .or(EXPONENT);
      low.reinterpretAsFloats().sub(OFFSET).mul(scales[at]).intoArray(to, first);
      upper = upper.lanewise(LSHR, 2);
      low =
          ((IntVector)
                  ByteVector.fromMemorySegment(BYTES, from, here + 32, ORDER)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0))
              .lanewise(LSHR, shift)
              .and(HALF)
              .or(upper.and(PAIR))
              .or(EXPONENT);
      low.reinterpretAsFloats().sub(OFFSET).mul(scales[at + 2]).intoArray(to, first + 32);
    }
  }
}

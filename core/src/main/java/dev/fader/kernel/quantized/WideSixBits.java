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
/// Half a block, 128 elements, is 64 bytes with lower halves and 32 with upper pairs of bits. One
/// line at a time: four reach the compiler's limit of nodes.
final class WideSixBits {
  private static final int LANES = FLOATS.length();
  private static final int BLOCK = 210;

  /// The bits of 2^23, and what they add to a level less 32.
  private static final int MAGIC = 0x4b00_0000;

  private static final float OFFSET = 0x1p23f + 32;

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
    IntVector pairs0;
    IntVector pairs1;
    IntVector pairs2;
    IntVector pairs3;
    IntVector upper0;
    IntVector upper1;
    for (int half = 0; half < 2 * blocks; half++) {
      long here;
      int at = half * 8;
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + half * 128);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + half * 128 + 16);
      var x2 = FloatVector.fromArray(FLOATS, x, xAt + half * 128 + 32);
      var x3 = FloatVector.fromArray(FLOATS, x, xAt + half * 128 + 48);
      var x4 = FloatVector.fromArray(FLOATS, x, xAt + half * 128 + 64);
      var x5 = FloatVector.fromArray(FLOATS, x, xAt + half * 128 + 80);
      var x6 = FloatVector.fromArray(FLOATS, x, xAt + half * 128 + 96);
      var x7 = FloatVector.fromArray(FLOATS, x, xAt + half * 128 + 112);
      here = start + half / 2 * (long) BLOCK + half % 2 * 64L;
      pairs0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      pairs1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 16, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      pairs2 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 32, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      pairs3 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 48, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      here = start + half / 2 * (long) BLOCK + half % 2 * 32L + 128;
      upper0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      upper1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 16, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      sum =
          pairs0
              .and(15)
              .or(upper0.lanewise(LSHL, 4).and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at])
              .fma(x0, sum);
      sum =
          pairs1
              .and(15)
              .or(upper1.lanewise(LSHL, 4).and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 1])
              .fma(x1, sum);
      sum =
          pairs2
              .and(15)
              .or(upper0.lanewise(LSHL, 2).and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 2])
              .fma(x2, sum);
      sum =
          pairs3
              .and(15)
              .or(upper1.lanewise(LSHL, 2).and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 3])
              .fma(x3, sum);
      sum =
          pairs0
              .lanewise(LSHR, 4)
              .or(upper0.and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 4])
              .fma(x4, sum);
      sum =
          pairs1
              .lanewise(LSHR, 4)
              .or(upper1.and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 5])
              .fma(x5, sum);
      sum =
          pairs2
              .lanewise(LSHR, 4)
              .or(upper0.lanewise(LSHR, 2).and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 6])
              .fma(x6, sum);
      sum =
          pairs3
              .lanewise(LSHR, 4)
              .or(upper1.lanewise(LSHR, 2).and(0x30))
              .or(MAGIC)
              .reinterpretAsFloats()
              .sub(OFFSET)
              .mul(scales[at + 7])
              .fma(x7, sum);
    }
    sum.intoArray(sums, sumsAt);
  }

  /// A line as floats, as [WideLines#decode].
  static void decode(
      MemorySegment from, long start, int blocks, float[] to, int toAt, float[] scales) {
    scales(from, start, blocks, scales, 0);
    IntVector pairs0;
    IntVector pairs1;
    IntVector pairs2;
    IntVector pairs3;
    IntVector upper0;
    IntVector upper1;
    for (int half = 0; half < 2 * blocks; half++) {
      long here;
      int at = half * 8;
      int first = toAt + half * 128;
      here = start + half / 2 * (long) BLOCK + half % 2 * 64L;
      pairs0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      pairs1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 16, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      pairs2 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 32, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      pairs3 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 48, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      here = start + half / 2 * (long) BLOCK + half % 2 * 32L + 128;
      upper0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      upper1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 16, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      pairs0
          .and(15)
          .or(upper0.lanewise(LSHL, 4).and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at])
          .intoArray(to, first);
      pairs1
          .and(15)
          .or(upper1.lanewise(LSHL, 4).and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at + 1])
          .intoArray(to, first + 16);
      pairs2
          .and(15)
          .or(upper0.lanewise(LSHL, 2).and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at + 2])
          .intoArray(to, first + 32);
      pairs3
          .and(15)
          .or(upper1.lanewise(LSHL, 2).and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at + 3])
          .intoArray(to, first + 48);
      pairs0
          .lanewise(LSHR, 4)
          .or(upper0.and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at + 4])
          .intoArray(to, first + 64);
      pairs1
          .lanewise(LSHR, 4)
          .or(upper1.and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at + 5])
          .intoArray(to, first + 80);
      pairs2
          .lanewise(LSHR, 4)
          .or(upper0.lanewise(LSHR, 2).and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at + 6])
          .intoArray(to, first + 96);
      pairs3
          .lanewise(LSHR, 4)
          .or(upper1.lanewise(LSHR, 2).and(0x30))
          .or(MAGIC)
          .reinterpretAsFloats()
          .sub(OFFSET)
          .mul(scales[at + 7])
          .intoArray(to, first + 112);
    }
  }
}

package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.Levels.GROUPS;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import dev.fader.kernel.matrix.Floats;
import dev.fader.quantization.BlockFormat;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// One row times four lines of blocks that are decoded in registers, for vectors of sixteen floats:
/// sixteen levels times a scale are a vector in which halves of bytes look their weight up. The
/// sums are those of [FewLevels], to the bit.
///
/// Everything stands in line: methods of our own would reach the compiler's limit of nodes before
/// the fourth line, and what is not inlined gets its vectors on the heap.
public final class WideBlocks {
  private static final int LANES = FLOATS.length();
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
  static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8, LANES) * Byte.SIZE));

  /// The levels of Q4_K, and of Q4_0.
  static final FloatVector LEVELS = FloatVector.broadcast(FLOATS, 0f).addIndex(1);

  static final FloatVector CENTRED = LEVELS.sub(8);
  static final FloatVector UNEVEN = FloatVector.fromArray(FLOATS, BlockLevels.unevenLevels(), 0);

  private WideBlocks() {}

  /// Whether there is a loop for the format.
  public static boolean has(BlockFormat format) {
    return LANES == 16
        && switch (format) {
          case Q4_0, IQ4_NL, Q8_0, Q4_K, Q6_K -> true;
          default -> false;
        };
  }

  /// Goes on with four vectors of sums, one for each line.
  ///
  /// @param lines the bytes at which four lines begin
  /// @param blocks of each line, at most [Levels#PIECE] elements
  /// @param scratch room for the scales of four lines
  public static void multiply(
      MemorySegment from,
      BlockFormat format,
      long[] lines,
      int blocks,
      float[] x,
      int xAt,
      float[] sums,
      Levels scratch) {
    switch (format) {
      case Q4_0 -> nibbles(CENTRED, from, lines, blocks, x, xAt, sums);
      case IQ4_NL -> nibbles(UNEVEN, from, lines, blocks, x, xAt, sums);
      case Q8_0 -> q8Zero(from, lines, blocks, x, xAt, sums);
      case Q4_K -> {
        for (int line = 0; line < 4; line++) {
          SuperBlockScales.pairs(from, lines[line], 144, blocks, scratch, line * GROUPS);
        }
        q4K(from, lines[0], lines[1], blocks, x, xAt, sums, 0, scratch);
        q4K(from, lines[2], lines[3], blocks, x, xAt, sums, 2 * LANES, scratch);
      }
      case Q6_K -> WideSixBits.multiply(from, lines, blocks, x, xAt, sums, scratch);
      default -> throw new IllegalStateException("no loop for " + format);
    }
  }

  private static void nibbles(
      FloatVector levels,
      MemorySegment from,
      long[] lines,
      int blocks,
      float[] x,
      int xAt,
      float[] sums) {
    var sum0 = FloatVector.fromArray(FLOATS, sums, 0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, LANES);
    var sum2 = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    var sum3 = FloatVector.fromArray(FLOATS, sums, 3 * LANES);
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int block = 0; block < blocks; block++) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + block * 32);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + block * 32 + 16);
      long here;
      here = line0 + block * 18L;
      var table0 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      sum0 = pairs0.selectFrom(table0).reinterpretAsFloats().fma(x0, sum0);
      pairs0 = pairs0.lanewise(LSHR, 4);
      sum0 = pairs0.selectFrom(table0).reinterpretAsFloats().fma(x1, sum0);
      here = line1 + block * 18L;
      var table1 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      sum1 = pairs1.selectFrom(table1).reinterpretAsFloats().fma(x0, sum1);
      pairs1 = pairs1.lanewise(LSHR, 4);
      sum1 = pairs1.selectFrom(table1).reinterpretAsFloats().fma(x1, sum1);
      here = line2 + block * 18L;
      var table2 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs2 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      sum2 = pairs2.selectFrom(table2).reinterpretAsFloats().fma(x0, sum2);
      pairs2 = pairs2.lanewise(LSHR, 4);
      sum2 = pairs2.selectFrom(table2).reinterpretAsFloats().fma(x1, sum2);
      here = line3 + block * 18L;
      var table3 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs3 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      sum3 = pairs3.selectFrom(table3).reinterpretAsFloats().fma(x0, sum3);
      pairs3 = pairs3.lanewise(LSHR, 4);
      sum3 = pairs3.selectFrom(table3).reinterpretAsFloats().fma(x1, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  private static void q8Zero(
      MemorySegment from, long[] lines, int blocks, float[] x, int xAt, float[] sums) {
    var sum0 = FloatVector.fromArray(FLOATS, sums, 0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, LANES);
    var sum2 = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    var sum3 = FloatVector.fromArray(FLOATS, sums, 3 * LANES);
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int block = 0; block < blocks; block++) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + block * 32);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + block * 32 + 16);
      long here;
      float scale;
      IntVector levels;
      here = line0 + block * 34L;
      scale = Float.float16ToFloat(from.get(Floats.SHORT, here));
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER).convertShape(B2I, INTS, 0);
      sum0 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x0, sum0);
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 18, ORDER)
                  .convertShape(B2I, INTS, 0);
      sum0 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x1, sum0);
      here = line1 + block * 34L;
      scale = Float.float16ToFloat(from.get(Floats.SHORT, here));
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER).convertShape(B2I, INTS, 0);
      sum1 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x0, sum1);
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 18, ORDER)
                  .convertShape(B2I, INTS, 0);
      sum1 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x1, sum1);
      here = line2 + block * 34L;
      scale = Float.float16ToFloat(from.get(Floats.SHORT, here));
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER).convertShape(B2I, INTS, 0);
      sum2 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x0, sum2);
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 18, ORDER)
                  .convertShape(B2I, INTS, 0);
      sum2 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x1, sum2);
      here = line3 + block * 34L;
      scale = Float.float16ToFloat(from.get(Floats.SHORT, here));
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER).convertShape(B2I, INTS, 0);
      sum3 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x0, sum3);
      levels =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 18, ORDER)
                  .convertShape(B2I, INTS, 0);
      sum3 = ((FloatVector) levels.convert(I2F, 0)).mul(scale).fma(x1, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  /// Two lines: with four the loop is at the compiler's limit of nodes, and some processes put its
  /// vectors on the heap.
  private static void q4K(
      MemorySegment from,
      long line0,
      long line1,
      int blocks,
      float[] x,
      int xAt,
      float[] sums,
      int sumsAt,
      Levels scratch) {
    float[] scales = scratch.scales;
    float[] minima = scratch.minima;
    var sum0 = FloatVector.fromArray(FLOATS, sums, sumsAt);
    var sum1 = FloatVector.fromArray(FLOATS, sums, sumsAt + LANES);
    int group = sumsAt / LANES * GROUPS;
    for (int run = 0; run < 4 * blocks; run++) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + run * 64);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + run * 64 + 16);
      var x2 = FloatVector.fromArray(FLOATS, x, xAt + run * 64 + 32);
      var x3 = FloatVector.fromArray(FLOATS, x, xAt + run * 64 + 48);
      long levels = run / 4 * 144L + run % 4 * 32L + 16;
      int at = group + 2 * run;
      IntVector first;
      IntVector second;
      IntVector table;
      first =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, line0 + levels, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      second =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, line0 + levels + 16, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      table = LEVELS.mul(scales[at]).sub(minima[at]).reinterpretAsInts();
      sum0 = first.selectFrom(table).reinterpretAsFloats().fma(x0, sum0);
      sum0 = second.selectFrom(table).reinterpretAsFloats().fma(x1, sum0);
      table = LEVELS.mul(scales[at + 1]).sub(minima[at + 1]).reinterpretAsInts();
      first = first.lanewise(LSHR, 4);
      sum0 = first.selectFrom(table).reinterpretAsFloats().fma(x2, sum0);
      second = second.lanewise(LSHR, 4);
      sum0 = second.selectFrom(table).reinterpretAsFloats().fma(x3, sum0);
      at += GROUPS;
      first =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, line1 + levels, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      second =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, line1 + levels + 16, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      table = LEVELS.mul(scales[at]).sub(minima[at]).reinterpretAsInts();
      sum1 = first.selectFrom(table).reinterpretAsFloats().fma(x0, sum1);
      sum1 = second.selectFrom(table).reinterpretAsFloats().fma(x1, sum1);
      table = LEVELS.mul(scales[at + 1]).sub(minima[at + 1]).reinterpretAsInts();
      first = first.lanewise(LSHR, 4);
      sum1 = first.selectFrom(table).reinterpretAsFloats().fma(x2, sum1);
      second = second.lanewise(LSHR, 4);
      sum1 = second.selectFrom(table).reinterpretAsFloats().fma(x3, sum1);
    }
    sum0.intoArray(sums, sumsAt);
    sum1.intoArray(sums, sumsAt + LANES);
  }
}

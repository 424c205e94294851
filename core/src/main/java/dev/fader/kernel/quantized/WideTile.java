package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.WideBlocks.BYTES;
import static dev.fader.kernel.quantized.WideBlocks.INTS;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import dev.fader.kernel.matrix.Floats;
import dev.fader.quantization.BlockFormat;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Four rows times four lines of blocks that are decoded in registers, as [WideBlocks] multiplies
/// one row. Looking levels up keeps other units busy than multiplying does, so that for four or
/// eight rows it takes less time than decoding lines into an array once.
public final class WideTile {
  /// Rows that are multiplied at a time.
  public static final int ROWS = 4;

  private static final int LANES = FLOATS.length();

  private WideTile() {}

  /// Whether it is faster than [WideLines] for so many rows.
  public static boolean has(BlockFormat format, int rows) {
    return WideBlocks.has(format)
        && (format == BlockFormat.Q4_0 || format == BlockFormat.IQ4_NL)
        && (rows == ROWS || rows == 2 * ROWS);
  }

  /// Goes on with the sums of four rows from `at` on: those of the four lines for the first row,
  /// then for the next.
  ///
  /// @param lines the bytes at which four lines begin
  /// @param x rows from `xAt` on, `xStride` apart
  public static void multiply(
      MemorySegment from,
      BlockFormat format,
      long[] lines,
      int blocks,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      int at) {
    var levels = format == BlockFormat.Q4_0 ? WideBlocks.CENTRED : WideBlocks.UNEVEN;
    nibbles(levels, from, lines, blocks, x, xAt, xStride, sums, at);
  }

  private static void nibbles(
      FloatVector levels,
      MemorySegment from,
      long[] lines,
      int blocks,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      int at) {
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    var b0 = FloatVector.fromArray(FLOATS, sums, at + 4 * LANES);
    var b1 = FloatVector.fromArray(FLOATS, sums, at + 5 * LANES);
    var b2 = FloatVector.fromArray(FLOATS, sums, at + 6 * LANES);
    var b3 = FloatVector.fromArray(FLOATS, sums, at + 7 * LANES);
    var c0 = FloatVector.fromArray(FLOATS, sums, at + 8 * LANES);
    var c1 = FloatVector.fromArray(FLOATS, sums, at + 9 * LANES);
    var c2 = FloatVector.fromArray(FLOATS, sums, at + 10 * LANES);
    var c3 = FloatVector.fromArray(FLOATS, sums, at + 11 * LANES);
    var d0 = FloatVector.fromArray(FLOATS, sums, at + 12 * LANES);
    var d1 = FloatVector.fromArray(FLOATS, sums, at + 13 * LANES);
    var d2 = FloatVector.fromArray(FLOATS, sums, at + 14 * LANES);
    var d3 = FloatVector.fromArray(FLOATS, sums, at + 15 * LANES);
    for (int block = 0; block < blocks; block++) {
      int k = xAt + block * 32;
      long here;
      FloatVector input;
      here = line0 + block * 18L;
      var table0 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      here = line1 + block * 18L;
      var table1 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      here = line2 + block * 18L;
      var table2 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs2 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      here = line3 + block * 18L;
      var table3 =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs3 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, from, here + 2, ORDER)
                  .convertShape(ZERO_EXTEND_B2I, INTS, 0);
      var w0 = pairs0.selectFrom(table0).reinterpretAsFloats();
      var w1 = pairs1.selectFrom(table1).reinterpretAsFloats();
      var w2 = pairs2.selectFrom(table2).reinterpretAsFloats();
      var w3 = pairs3.selectFrom(table3).reinterpretAsFloats();
      input = FloatVector.fromArray(FLOATS, x, k);
      a0 = w0.fma(input, a0);
      a1 = w1.fma(input, a1);
      a2 = w2.fma(input, a2);
      a3 = w3.fma(input, a3);
      input = FloatVector.fromArray(FLOATS, x, k + xStride);
      b0 = w0.fma(input, b0);
      b1 = w1.fma(input, b1);
      b2 = w2.fma(input, b2);
      b3 = w3.fma(input, b3);
      input = FloatVector.fromArray(FLOATS, x, k + 2 * xStride);
      c0 = w0.fma(input, c0);
      c1 = w1.fma(input, c1);
      c2 = w2.fma(input, c2);
      c3 = w3.fma(input, c3);
      input = FloatVector.fromArray(FLOATS, x, k + 3 * xStride);
      d0 = w0.fma(input, d0);
      d1 = w1.fma(input, d1);
      d2 = w2.fma(input, d2);
      d3 = w3.fma(input, d3);
      w0 = pairs0.lanewise(LSHR, 4).selectFrom(table0).reinterpretAsFloats();
      w1 = pairs1.lanewise(LSHR, 4).selectFrom(table1).reinterpretAsFloats();
      w2 = pairs2.lanewise(LSHR, 4).selectFrom(table2).reinterpretAsFloats();
      w3 = pairs3.lanewise(LSHR, 4).selectFrom(table3).reinterpretAsFloats();
      input = FloatVector.fromArray(FLOATS, x, k + 16);
      a0 = w0.fma(input, a0);
      a1 = w1.fma(input, a1);
      a2 = w2.fma(input, a2);
      a3 = w3.fma(input, a3);
      input = FloatVector.fromArray(FLOATS, x, k + xStride + 16);
      b0 = w0.fma(input, b0);
      b1 = w1.fma(input, b1);
      b2 = w2.fma(input, b2);
      b3 = w3.fma(input, b3);
      input = FloatVector.fromArray(FLOATS, x, k + 2 * xStride + 16);
      c0 = w0.fma(input, c0);
      c1 = w1.fma(input, c1);
      c2 = w2.fma(input, c2);
      c3 = w3.fma(input, c3);
      input = FloatVector.fromArray(FLOATS, x, k + 3 * xStride + 16);
      d0 = w0.fma(input, d0);
      d1 = w1.fma(input, d1);
      d2 = w2.fma(input, d2);
      d3 = w3.fma(input, d3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
    b0.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    b2.intoArray(sums, at + 6 * LANES);
    b3.intoArray(sums, at + 7 * LANES);
    c0.intoArray(sums, at + 8 * LANES);
    c1.intoArray(sums, at + 9 * LANES);
    c2.intoArray(sums, at + 10 * LANES);
    c3.intoArray(sums, at + 11 * LANES);
    d0.intoArray(sums, at + 12 * LANES);
    d1.intoArray(sums, at + 13 * LANES);
    d2.intoArray(sums, at + 14 * LANES);
    d3.intoArray(sums, at + 15 * LANES);
  }
}

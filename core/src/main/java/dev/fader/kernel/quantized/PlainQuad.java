package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.PlainBlocks.INTS;
import static dev.fader.kernel.quantized.PlainBlocks.NARROW_SHORTS;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static jdk.incubator.vector.VectorOperators.XOR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Four rows times four lines that are not stored in blocks, in line as in [PlainBlocks]. Lines of
/// 16 bits are read half a vector at a time: with all of one there are not enough registers.
final class PlainQuad {
  private static final int LANES = FLOATS.length();

  private PlainQuad() {}

  /// As [PlainBlocks#multiply], of four rows.
  static boolean multiply(
      MemorySegment from,
      DType type,
      long[] lines,
      int depth,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      int at) {
    switch (type) {
      case FLOAT32 -> float32(from, lines, depth, x, xAt, xStride, sums, at);
      case BFLOAT16 -> bfloat16(from, lines, depth, x, xAt, xStride, sums, at);
      case FLOAT16 -> {
        return float16(from, lines, depth, x, xAt, xStride, sums, at);
      }
      default -> throw new IllegalStateException("no loop for " + type);
    }
    return true;
  }

  private static void float32(
      MemorySegment from,
      long[] lines,
      int depth,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      int at) {
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
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int k = 0; k < depth; k += LANES) {
      var w0 = FloatVector.fromMemorySegment(FLOATS, from, line0 + k * 4L, ORDER);
      var w1 = FloatVector.fromMemorySegment(FLOATS, from, line1 + k * 4L, ORDER);
      var w2 = FloatVector.fromMemorySegment(FLOATS, from, line2 + k * 4L, ORDER);
      var w3 = FloatVector.fromMemorySegment(FLOATS, from, line3 + k * 4L, ORDER);
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      a0 = w0.fma(x0, a0);
      a1 = w1.fma(x0, a1);
      a2 = w2.fma(x0, a2);
      a3 = w3.fma(x0, a3);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k);
      b0 = w0.fma(x1, b0);
      b1 = w1.fma(x1, b1);
      b2 = w2.fma(x1, b2);
      b3 = w3.fma(x1, b3);
      var x2 = FloatVector.fromArray(FLOATS, x, xAt + 2 * xStride + k);
      c0 = w0.fma(x2, c0);
      c1 = w1.fma(x2, c1);
      c2 = w2.fma(x2, c2);
      c3 = w3.fma(x2, c3);
      var x3 = FloatVector.fromArray(FLOATS, x, xAt + 3 * xStride + k);
      d0 = w0.fma(x3, d0);
      d1 = w1.fma(x3, d1);
      d2 = w2.fma(x3, d2);
      d3 = w3.fma(x3, d3);
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

  private static void bfloat16(
      MemorySegment from,
      long[] lines,
      int depth,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      int at) {
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
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int k = 0; k < depth; k += LANES) {
      var bits0 =
          (IntVector)
              ShortVector.fromMemorySegment(NARROW_SHORTS, from, line0 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w0 = bits0.lanewise(LSHL, 16).reinterpretAsFloats();
      var bits1 =
          (IntVector)
              ShortVector.fromMemorySegment(NARROW_SHORTS, from, line1 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w1 = bits1.lanewise(LSHL, 16).reinterpretAsFloats();
      var bits2 =
          (IntVector)
              ShortVector.fromMemorySegment(NARROW_SHORTS, from, line2 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w2 = bits2.lanewise(LSHL, 16).reinterpretAsFloats();
      var bits3 =
          (IntVector)
              ShortVector.fromMemorySegment(NARROW_SHORTS, from, line3 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w3 = bits3.lanewise(LSHL, 16).reinterpretAsFloats();
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      a0 = w0.fma(x0, a0);
      a1 = w1.fma(x0, a1);
      a2 = w2.fma(x0, a2);
      a3 = w3.fma(x0, a3);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k);
      b0 = w0.fma(x1, b0);
      b1 = w1.fma(x1, b1);
      b2 = w2.fma(x1, b2);
      b3 = w3.fma(x1, b3);
      var x2 = FloatVector.fromArray(FLOATS, x, xAt + 2 * xStride + k);
      c0 = w0.fma(x2, c0);
      c1 = w1.fma(x2, c1);
      c2 = w2.fma(x2, c2);
      c3 = w3.fma(x2, c3);
      var x3 = FloatVector.fromArray(FLOATS, x, xAt + 3 * xStride + k);
      d0 = w0.fma(x3, d0);
      d1 = w1.fma(x3, d1);
      d2 = w2.fma(x3, d2);
      d3 = w3.fma(x3, d3);
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

  private static boolean float16(
      MemorySegment from,
      long[] lines,
      int depth,
      float[] x,
      int xAt,
      int xStride,
      float[] sums,
      int at) {
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
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    var large = ShortVector.zero(NARROW_SHORTS);
    var alsoLarge = ShortVector.zero(NARROW_SHORTS);
    for (int k = 0; k < depth; k += LANES) {
      var halves0 = ShortVector.fromMemorySegment(NARROW_SHORTS, from, line0 + k * 2L, ORDER);
      large = halves0.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves0).lanewise(OR, large);
      var bits0 =
          ((IntVector) halves0.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(PlainBlocks.HALF);
      var w0 = bits0.reinterpretAsFloats();
      var halves1 = ShortVector.fromMemorySegment(NARROW_SHORTS, from, line1 + k * 2L, ORDER);
      alsoLarge =
          halves1.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves1).lanewise(OR, alsoLarge);
      var bits1 =
          ((IntVector) halves1.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(PlainBlocks.HALF);
      var w1 = bits1.reinterpretAsFloats();
      var halves2 = ShortVector.fromMemorySegment(NARROW_SHORTS, from, line2 + k * 2L, ORDER);
      large = halves2.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves2).lanewise(OR, large);
      var bits2 =
          ((IntVector) halves2.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(PlainBlocks.HALF);
      var w2 = bits2.reinterpretAsFloats();
      var halves3 = ShortVector.fromMemorySegment(NARROW_SHORTS, from, line3 + k * 2L, ORDER);
      alsoLarge =
          halves3.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves3).lanewise(OR, alsoLarge);
      var bits3 =
          ((IntVector) halves3.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(PlainBlocks.HALF);
      var w3 = bits3.reinterpretAsFloats();
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      a0 = w0.fma(x0, a0);
      a1 = w1.fma(x0, a1);
      a2 = w2.fma(x0, a2);
      a3 = w3.fma(x0, a3);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k);
      b0 = w0.fma(x1, b0);
      b1 = w1.fma(x1, b1);
      b2 = w2.fma(x1, b2);
      b3 = w3.fma(x1, b3);
      var x2 = FloatVector.fromArray(FLOATS, x, xAt + 2 * xStride + k);
      c0 = w0.fma(x2, c0);
      c1 = w1.fma(x2, c1);
      c2 = w2.fma(x2, c2);
      c3 = w3.fma(x2, c3);
      var x3 = FloatVector.fromArray(FLOATS, x, xAt + 3 * xStride + k);
      d0 = w0.fma(x3, d0);
      d1 = w1.fma(x3, d1);
      d2 = w2.fma(x3, d2);
      d3 = w3.fma(x3, d3);
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
    return large.lanewise(OR, alsoLarge).reduceLanes(MIN) >= 0;
  }
}

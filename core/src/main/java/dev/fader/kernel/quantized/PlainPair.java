package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.PlainBlocks.INTS;
import static dev.fader.kernel.quantized.PlainBlocks.SHORTS;
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

/// Two rows times four lines that are not stored in blocks, in line as in [PlainBlocks]: what fits
/// into sixteen registers.
final class PlainPair {
  private static final int LANES = FLOATS.length();

  private PlainPair() {}

  /// As [PlainBlocks#multiply], of two rows.
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
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
    b0.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    b2.intoArray(sums, at + 6 * LANES);
    b3.intoArray(sums, at + 7 * LANES);
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
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int k = 0; k < depth; k += 2 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      var y0 = FloatVector.fromArray(FLOATS, x, xAt + k + LANES);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k);
      var y1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k + LANES);
      var halves0 = ShortVector.fromMemorySegment(SHORTS, from, line0 + k * 2L, ORDER);
      var low0 =
          ((IntVector) halves0.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a0 = low0.fma(x0, a0);
      b0 = low0.fma(x1, b0);
      var high0 =
          ((IntVector) halves0.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a0 = high0.fma(y0, a0);
      b0 = high0.fma(y1, b0);
      var halves1 = ShortVector.fromMemorySegment(SHORTS, from, line1 + k * 2L, ORDER);
      var low1 =
          ((IntVector) halves1.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a1 = low1.fma(x0, a1);
      b1 = low1.fma(x1, b1);
      var high1 =
          ((IntVector) halves1.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a1 = high1.fma(y0, a1);
      b1 = high1.fma(y1, b1);
      var halves2 = ShortVector.fromMemorySegment(SHORTS, from, line2 + k * 2L, ORDER);
      var low2 =
          ((IntVector) halves2.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a2 = low2.fma(x0, a2);
      b2 = low2.fma(x1, b2);
      var high2 =
          ((IntVector) halves2.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a2 = high2.fma(y0, a2);
      b2 = high2.fma(y1, b2);
      var halves3 = ShortVector.fromMemorySegment(SHORTS, from, line3 + k * 2L, ORDER);
      var low3 =
          ((IntVector) halves3.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a3 = low3.fma(x0, a3);
      b3 = low3.fma(x1, b3);
      var high3 =
          ((IntVector) halves3.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a3 = high3.fma(y0, a3);
      b3 = high3.fma(y1, b3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
    b0.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    b2.intoArray(sums, at + 6 * LANES);
    b3.intoArray(sums, at + 7 * LANES);
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
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    var large = ShortVector.zero(SHORTS);
    var alsoLarge = ShortVector.zero(SHORTS);
    for (int k = 0; k < depth; k += 2 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      var y0 = FloatVector.fromArray(FLOATS, x, xAt + k + LANES);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k);
      var y1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k + LANES);
      var halves0 = ShortVector.fromMemorySegment(SHORTS, from, line0 + k * 2L, ORDER);
      large = halves0.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves0).lanewise(OR, large);
      var low0 =
          ((IntVector) halves0.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a0 = low0.fma(x0, a0);
      b0 = low0.fma(x1, b0);
      var high0 =
          ((IntVector) halves0.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a0 = high0.fma(y0, a0);
      b0 = high0.fma(y1, b0);
      var halves1 = ShortVector.fromMemorySegment(SHORTS, from, line1 + k * 2L, ORDER);
      alsoLarge =
          halves1.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves1).lanewise(OR, alsoLarge);
      var low1 =
          ((IntVector) halves1.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a1 = low1.fma(x0, a1);
      b1 = low1.fma(x1, b1);
      var high1 =
          ((IntVector) halves1.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a1 = high1.fma(y0, a1);
      b1 = high1.fma(y1, b1);
      var halves2 = ShortVector.fromMemorySegment(SHORTS, from, line2 + k * 2L, ORDER);
      large = halves2.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves2).lanewise(OR, large);
      var low2 =
          ((IntVector) halves2.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a2 = low2.fma(x0, a2);
      b2 = low2.fma(x1, b2);
      var high2 =
          ((IntVector) halves2.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a2 = high2.fma(y0, a2);
      b2 = high2.fma(y1, b2);
      var halves3 = ShortVector.fromMemorySegment(SHORTS, from, line3 + k * 2L, ORDER);
      alsoLarge =
          halves3.add(PlainBlocks.ONE_EXPONENT).lanewise(XOR, halves3).lanewise(OR, alsoLarge);
      var low3 =
          ((IntVector) halves3.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a3 = low3.fma(x0, a3);
      b3 = low3.fma(x1, b3);
      var high3 =
          ((IntVector) halves3.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(PlainBlocks.HALF)
              .reinterpretAsFloats();
      a3 = high3.fma(y0, a3);
      b3 = high3.fma(y1, b3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
    b0.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    b2.intoArray(sums, at + 6 * LANES);
    b3.intoArray(sums, at + 7 * LANES);
    return large.lanewise(OR, alsoLarge).reduceLanes(MIN) >= 0;
  }
}

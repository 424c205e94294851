package dev.fader.kernel.quantized;

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
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// A few rows times four lines that are not stored in blocks, read from memory as they lie. In line
/// as in [WideBlocks], whose order of the sums this is.
///
/// Memory is taken a vector at a time, also where that is two vectors of weights: it is the number
/// of loads that a core has under way at a time.
///
/// A half of float16, shifted so that its exponent stands where float32 has its own, is 2^112 times
/// too small, and the rows that it meets are as many times too large ([#SCALE]): the product is
/// exact, of subnormal numbers too. Infinities and NaN come out finite: adding one to the exponent
/// changes the sign of these only, and the loops keep whether one did.
public final class PlainBlocks {
  private static final int LANES = FLOATS.length();
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
  static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());
  static final VectorSpecies<Short> NARROW_SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  /// Sign, exponent and fraction of a half that was widened with its sign and shifted by 13.
  static final int HALF = 0x8fff_e000;

  /// One in the exponent of a half.
  static final short ONE_EXPONENT = 0x400;

  /// What rows that are multiplied with float16 are too large by.
  public static final float SCALE = 0x1p112f;

  /// Four rows take 25 registers; where vectors are 256 bits wide there may be only 16.
  private static final boolean FOUR_ROWS = LANES != 8;

  /// Elements of a line that are multiplied with all rows before the next, where they take turns:
  /// four lines of them stay in the first-level cache.
  private static final int PIECE = 1024;

  private PlainBlocks() {}

  /// Whether there is a loop for lines of a type that are so long: whole vectors.
  public static boolean has(DType type, int depth) {
    return switch (type) {
      case FLOAT32 -> depth % LANES == 0;
      case BFLOAT16, FLOAT16 -> depth % (2 * LANES) == 0;
      default -> false;
    };
  }

  /// Goes on with the sums of `rows` rows: those of the four lines for the first row, then for the
  /// next. False if there are infinities or NaN, with sums that mean nothing: decode the lines
  /// then.
  ///
  /// @param lines the bytes at which four lines begin; changed
  /// @param depth for which there [#has] to be a loop
  /// @param x rows from `xAt` on, `depth` apart, for float16 times [#SCALE]
  public static boolean multiply(
      MemorySegment from,
      DType type,
      long[] lines,
      int depth,
      float[] x,
      int xAt,
      int rows,
      float[] sums) {
    boolean finite = true;
    int piece = rows > 4 ? PIECE : depth;
    for (int k = 0; k < depth; k += piece) {
      int steps = Math.min(piece, depth - k);
      int row = 0;
      if (FOUR_ROWS) {
        for (; row + 4 <= rows; row += 4) {
          finite &=
              PlainQuad.multiply(
                  from, type, lines, steps, x, xAt + row * depth + k, depth, sums, row * 4 * LANES);
        }
      }
      for (; row + 2 <= rows; row += 2) {
        finite &=
            PlainPair.multiply(
                from, type, lines, steps, x, xAt + row * depth + k, depth, sums, row * 4 * LANES);
      }
      if (row < rows) {
        finite &= one(from, type, lines, steps, x, xAt + row * depth + k, sums, row * 4 * LANES);
      }
      for (int line = 0; line < 4; line++) {
        lines[line] += (long) steps * type.bytesPerBlock();
      }
    }
    return finite;
  }

  private static boolean one(
      MemorySegment from,
      DType type,
      long[] lines,
      int depth,
      float[] x,
      int xAt,
      float[] sums,
      int at) {
    switch (type) {
      case FLOAT32 -> float32(from, lines, depth, x, xAt, sums, at);
      case BFLOAT16 -> bfloat16(from, lines, depth, x, xAt, sums, at);
      case FLOAT16 -> {
        return float16(from, lines, depth, x, xAt, sums, at);
      }
      default -> throw new IllegalStateException("no loop for " + type);
    }
    return true;
  }

  private static void float32(
      MemorySegment from, long[] lines, int depth, float[] x, int xAt, float[] sums, int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
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
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
  }

  private static void bfloat16(
      MemorySegment from, long[] lines, int depth, float[] x, int xAt, float[] sums, int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int k = 0; k < depth; k += 2 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      var y0 = FloatVector.fromArray(FLOATS, x, xAt + k + LANES);
      var halves0 = ShortVector.fromMemorySegment(SHORTS, from, line0 + k * 2L, ORDER);
      var low0 =
          ((IntVector) halves0.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a0 = low0.fma(x0, a0);
      var high0 =
          ((IntVector) halves0.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a0 = high0.fma(y0, a0);
      var halves1 = ShortVector.fromMemorySegment(SHORTS, from, line1 + k * 2L, ORDER);
      var low1 =
          ((IntVector) halves1.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a1 = low1.fma(x0, a1);
      var high1 =
          ((IntVector) halves1.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a1 = high1.fma(y0, a1);
      var halves2 = ShortVector.fromMemorySegment(SHORTS, from, line2 + k * 2L, ORDER);
      var low2 =
          ((IntVector) halves2.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a2 = low2.fma(x0, a2);
      var high2 =
          ((IntVector) halves2.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a2 = high2.fma(y0, a2);
      var halves3 = ShortVector.fromMemorySegment(SHORTS, from, line3 + k * 2L, ORDER);
      var low3 =
          ((IntVector) halves3.convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a3 = low3.fma(x0, a3);
      var high3 =
          ((IntVector) halves3.convertShape(ZERO_EXTEND_S2I, INTS, 1))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      a3 = high3.fma(y0, a3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
  }

  private static boolean float16(
      MemorySegment from, long[] lines, int depth, float[] x, int xAt, float[] sums, int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    var large = ShortVector.zero(SHORTS);
    var alsoLarge = ShortVector.zero(SHORTS);
    for (int k = 0; k < depth; k += 2 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      var y0 = FloatVector.fromArray(FLOATS, x, xAt + k + LANES);
      var halves0 = ShortVector.fromMemorySegment(SHORTS, from, line0 + k * 2L, ORDER);
      large = halves0.add(ONE_EXPONENT).lanewise(XOR, halves0).lanewise(OR, large);
      var low0 =
          ((IntVector) halves0.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a0 = low0.fma(x0, a0);
      var high0 =
          ((IntVector) halves0.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a0 = high0.fma(y0, a0);
      var halves1 = ShortVector.fromMemorySegment(SHORTS, from, line1 + k * 2L, ORDER);
      alsoLarge = halves1.add(ONE_EXPONENT).lanewise(XOR, halves1).lanewise(OR, alsoLarge);
      var low1 =
          ((IntVector) halves1.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a1 = low1.fma(x0, a1);
      var high1 =
          ((IntVector) halves1.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a1 = high1.fma(y0, a1);
      var halves2 = ShortVector.fromMemorySegment(SHORTS, from, line2 + k * 2L, ORDER);
      large = halves2.add(ONE_EXPONENT).lanewise(XOR, halves2).lanewise(OR, large);
      var low2 =
          ((IntVector) halves2.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a2 = low2.fma(x0, a2);
      var high2 =
          ((IntVector) halves2.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a2 = high2.fma(y0, a2);
      var halves3 = ShortVector.fromMemorySegment(SHORTS, from, line3 + k * 2L, ORDER);
      alsoLarge = halves3.add(ONE_EXPONENT).lanewise(XOR, halves3).lanewise(OR, alsoLarge);
      var low3 =
          ((IntVector) halves3.convertShape(S2I, INTS, 0))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a3 = low3.fma(x0, a3);
      var high3 =
          ((IntVector) halves3.convertShape(S2I, INTS, 1))
              .lanewise(LSHL, 13)
              .and(HALF)
              .reinterpretAsFloats();
      a3 = high3.fma(y0, a3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
    return large.lanewise(OR, alsoLarge).reduceLanes(MIN) >= 0;
  }
}

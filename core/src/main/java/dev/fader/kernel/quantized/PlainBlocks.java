package dev.fader.kernel.quantized;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.S2I;
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
/// A half of float16, shifted so that its exponent stands where float32 has its own, is 2^112 times
/// too small, and one exact multiplication mends that, for subnormal numbers too. Infinities and
/// NaN come out finite, but larger than all others: the loops keep the largest magnitude. There is
/// one for each line, as the compiler unrolls the loop line by line.
public final class PlainBlocks {
  private static final int LANES = FLOATS.length();
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
  static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  /// Sign, exponent and fraction of a half that was widened with its sign and shifted by 13.
  static final int HALF = 0x8fff_e000;

  /// All of a half but its sign.
  static final short MAGNITUDE = 0x7fff;

  static final int INFINITY = 0x7c00;

  /// What is missing to the exponent.
  static final float SCALE = 0x1p112f;

  /// Four rows take 25 registers; where vectors are 256 bits wide there may be only 16.
  private static final boolean FOUR_ROWS = LANES != 8;

  /// Elements of a line that are multiplied with all rows before the next, where they take turns:
  /// four lines of them stay in the first-level cache.
  private static final int PIECE = 1024;

  private PlainBlocks() {}

  /// Whether there is a loop for the type.
  public static boolean has(DType type) {
    return type == DType.FLOAT32 || type == DType.BFLOAT16 || type == DType.FLOAT16;
  }

  /// Goes on with the sums of `rows` rows: those of the four lines for the first row, then for the
  /// next. False if there are infinities or NaN, with sums that mean nothing: decode the lines
  /// then.
  ///
  /// @param lines the bytes at which four lines begin; changed
  /// @param depth whole vectors
  /// @param x rows from `xAt` on, `depth` apart
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
    for (int k = 0; k < depth; k += LANES) {
      var bits0 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line0 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w0 = bits0.lanewise(LSHL, 16).reinterpretAsFloats();
      var bits1 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line1 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w1 = bits1.lanewise(LSHL, 16).reinterpretAsFloats();
      var bits2 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line2 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w2 = bits2.lanewise(LSHL, 16).reinterpretAsFloats();
      var bits3 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line3 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      var w3 = bits3.lanewise(LSHL, 16).reinterpretAsFloats();
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
    var most0 = ShortVector.zero(SHORTS);
    var most1 = ShortVector.zero(SHORTS);
    var most2 = ShortVector.zero(SHORTS);
    var most3 = ShortVector.zero(SHORTS);
    for (int k = 0; k < depth; k += LANES) {
      var halves0 = ShortVector.fromMemorySegment(SHORTS, from, line0 + k * 2L, ORDER);
      most0 = most0.max(halves0.and(MAGNITUDE));
      var bits0 = ((IntVector) halves0.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(HALF);
      var w0 = bits0.reinterpretAsFloats().mul(SCALE);
      var halves1 = ShortVector.fromMemorySegment(SHORTS, from, line1 + k * 2L, ORDER);
      most1 = most1.max(halves1.and(MAGNITUDE));
      var bits1 = ((IntVector) halves1.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(HALF);
      var w1 = bits1.reinterpretAsFloats().mul(SCALE);
      var halves2 = ShortVector.fromMemorySegment(SHORTS, from, line2 + k * 2L, ORDER);
      most2 = most2.max(halves2.and(MAGNITUDE));
      var bits2 = ((IntVector) halves2.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(HALF);
      var w2 = bits2.reinterpretAsFloats().mul(SCALE);
      var halves3 = ShortVector.fromMemorySegment(SHORTS, from, line3 + k * 2L, ORDER);
      most3 = most3.max(halves3.and(MAGNITUDE));
      var bits3 = ((IntVector) halves3.convertShape(S2I, INTS, 0)).lanewise(LSHL, 13).and(HALF);
      var w3 = bits3.reinterpretAsFloats().mul(SCALE);
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
    return most0.max(most1).max(most2).max(most3).reduceLanes(MAX) < INFINITY;
  }
}

package dev.fader.kernel.quantized;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// One row times four lines that are not stored in blocks, read from memory as they lie. In line as
/// in [WideBlocks], whose order of the sums this is.
public final class PlainBlocks {
  private static final int LANES = FLOATS.length();
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  private PlainBlocks() {}

  /// Whether there is a loop for the type.
  public static boolean has(DType type) {
    return type == DType.FLOAT32 || type == DType.BFLOAT16;
  }

  /// Goes on with four vectors of sums, one for each line.
  ///
  /// @param lines the bytes at which four lines begin
  /// @param depth whole vectors
  public static void multiply(
      MemorySegment from, DType type, long[] lines, int depth, float[] x, int xAt, float[] sums) {
    if (type == DType.FLOAT32) {
      float32(from, lines, depth, x, xAt, sums);
    } else {
      bfloat16(from, lines, depth, x, xAt, sums);
    }
  }

  private static void float32(
      MemorySegment from, long[] lines, int depth, float[] x, int xAt, float[] sums) {
    var sum0 = FloatVector.fromArray(FLOATS, sums, 0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, LANES);
    var sum2 = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    var sum3 = FloatVector.fromArray(FLOATS, sums, 3 * LANES);
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int k = 0; k < depth; k += LANES) {
      var input = FloatVector.fromArray(FLOATS, x, xAt + k);
      sum0 = FloatVector.fromMemorySegment(FLOATS, from, line0 + k * 4L, ORDER).fma(input, sum0);
      sum1 = FloatVector.fromMemorySegment(FLOATS, from, line1 + k * 4L, ORDER).fma(input, sum1);
      sum2 = FloatVector.fromMemorySegment(FLOATS, from, line2 + k * 4L, ORDER).fma(input, sum2);
      sum3 = FloatVector.fromMemorySegment(FLOATS, from, line3 + k * 4L, ORDER).fma(input, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  private static void bfloat16(
      MemorySegment from, long[] lines, int depth, float[] x, int xAt, float[] sums) {
    var sum0 = FloatVector.fromArray(FLOATS, sums, 0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, LANES);
    var sum2 = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    var sum3 = FloatVector.fromArray(FLOATS, sums, 3 * LANES);
    long line0 = lines[0];
    long line1 = lines[1];
    long line2 = lines[2];
    long line3 = lines[3];
    for (int k = 0; k < depth; k += LANES) {
      var input = FloatVector.fromArray(FLOATS, x, xAt + k);
      var bits0 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line0 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      sum0 = bits0.lanewise(LSHL, 16).reinterpretAsFloats().fma(input, sum0);
      var bits1 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line1 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      sum1 = bits1.lanewise(LSHL, 16).reinterpretAsFloats().fma(input, sum1);
      var bits2 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line2 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      sum2 = bits2.lanewise(LSHL, 16).reinterpretAsFloats().fma(input, sum2);
      var bits3 =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, from, line3 + k * 2L, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      sum3 = bits3.lanewise(LSHL, 16).reinterpretAsFloats().fma(input, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }
}

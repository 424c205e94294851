package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.Levels.GROUPS;
import static dev.fader.kernel.quantized.Levels.STRIDE;
import static dev.fader.kernel.vector.Lanes.FLOATS;

import dev.fader.quantization.BlockFormat;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// What becomes of [Levels]: sums of products with one row, or floats.
public final class FewLevels {
  private static final int LANES = FLOATS.length();
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());

  /// There are no vectors of four bytes: eight are loaded and four used.
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8, LANES) * Byte.SIZE));

  private FewLevels() {}

  /// Goes on with four vectors of sums, one for each line: fused multiply-adds in the order of the
  /// elements with those of `x` from `xAt` on.
  public static void multiply(
      Levels levels, BlockFormat format, float[] x, int xAt, int count, float[] sums) {
    int shift = Levels.groupShift(format);
    if (Levels.hasMinima(format)) {
      multiplyWithMinima(levels, shift, x, xAt, count, sums);
    } else {
      multiply(levels.levels, levels.scales, shift, x, xAt, count, sums);
    }
  }

  /// Without methods of its own, and so too long (325 bytes of bytecode) to be inlined into its
  /// caller, with which it would share the compiler's budget of nodes.
  private static void multiply(
      byte[] levels, float[] scales, int shift, float[] x, int xAt, int count, float[] sums) {
    var sum0 = FloatVector.fromArray(FLOATS, sums, 0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, LANES);
    var sum2 = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    var sum3 = FloatVector.fromArray(FLOATS, sums, 3 * LANES);
    for (int k = 0; k < count; k += LANES) {
      int group = k >> shift;
      var input = FloatVector.fromArray(FLOATS, x, xAt + k);
      sum0 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[group])
              .fma(input, sum0);
      sum1 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, STRIDE + k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[GROUPS + group])
              .fma(input, sum1);
      sum2 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, 2 * STRIDE + k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[2 * GROUPS + group])
              .fma(input, sum2);
      sum3 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, 3 * STRIDE + k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[3 * GROUPS + group])
              .fma(input, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  private static void multiplyWithMinima(
      Levels piece, int shift, float[] x, int xAt, int count, float[] sums) {
    byte[] levels = piece.levels;
    float[] scales = piece.scales;
    float[] minima = piece.minima;
    var sum0 = FloatVector.fromArray(FLOATS, sums, 0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, LANES);
    var sum2 = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    var sum3 = FloatVector.fromArray(FLOATS, sums, 3 * LANES);
    for (int k = 0; k < count; k += LANES) {
      int at = k >> shift;
      var input = FloatVector.fromArray(FLOATS, x, xAt + k);
      sum0 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[at])
              .sub(minima[at])
              .fma(input, sum0);
      at += GROUPS;
      sum1 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, STRIDE + k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[at])
              .sub(minima[at])
              .fma(input, sum1);
      at += GROUPS;
      sum2 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, 2 * STRIDE + k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[at])
              .sub(minima[at])
              .fma(input, sum2);
      at += GROUPS;
      sum3 =
          ((FloatVector)
                  ((IntVector)
                          ByteVector.fromArray(BYTES, levels, 3 * STRIDE + k)
                              .convertShape(VectorOperators.B2I, INTS, 0))
                      .convert(VectorOperators.I2F, 0))
              .mul(scales[at])
              .sub(minima[at])
              .fma(input, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  /// Writes `count` elements of a line to `to` from `at` on.
  public static void decode(
      Levels levels, BlockFormat format, int line, int count, float[] to, int at) {
    int from = line * STRIDE;
    int group = line * GROUPS;
    int shift = Levels.groupShift(format);
    if (Levels.hasMinima(format)) {
      for (int k = 0; k < count; k += LANES) {
        int i = group + (k >> shift);
        floats(levels.levels, from + k)
            .mul(levels.scales[i])
            .sub(levels.minima[i])
            .intoArray(to, at + k);
      }
    } else {
      for (int k = 0; k < count; k += LANES) {
        floats(levels.levels, from + k)
            .mul(levels.scales[group + (k >> shift)])
            .intoArray(to, at + k);
      }
    }
  }

  private static FloatVector floats(byte[] levels, int at) {
    var bytes = ByteVector.fromArray(BYTES, levels, at);
    var ints = (IntVector) bytes.convertShape(VectorOperators.B2I, INTS, 0);
    return (FloatVector) ints.convert(VectorOperators.I2F, 0);
  }
}

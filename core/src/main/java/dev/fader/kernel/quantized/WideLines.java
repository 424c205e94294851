package dev.fader.kernel.quantized;

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

/// A line of blocks as floats, decoded as in [WideBlocks], for several rows to be multiplied with.
public final class WideLines {
  private static final int LANES = FLOATS.length();

  private WideLines() {}

  /// Writes `blocks` blocks from byte `start` on to `to` from `at` on.
  ///
  /// @param scratch room for the scales of a line
  public static void decode(
      MemorySegment from,
      BlockFormat format,
      long start,
      int blocks,
      float[] to,
      int at,
      Levels scratch) {
    switch (format) {
      case Q4_0 -> nibbles(WideBlocks.CENTRED, from, start, blocks, to, at);
      case IQ4_NL -> nibbles(WideBlocks.UNEVEN, from, start, blocks, to, at);
      case Q8_0 -> q8Zero(from, start, blocks, to, at);
      case Q4_K -> {
        SuperBlockScales.pairs(from, start, 144, blocks, scratch, 0);
        q4K(from, start, blocks, to, at, scratch.scales, scratch.minima);
      }
      case Q6_K -> WideSixBits.decode(from, start, blocks, to, at, scratch.scales);
      default -> throw new IllegalStateException("no loop for " + format);
    }
  }

  private static void nibbles(
      FloatVector levels, MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 18L;
      var table =
          levels.mul(Float.float16ToFloat(from.get(Floats.SHORT, here))).reinterpretAsInts();
      var pairs = pairs(from, here + 2);
      pairs.selectFrom(table).reinterpretAsFloats().intoArray(to, at + block * 32);
      pairs
          .lanewise(LSHR, 4)
          .selectFrom(table)
          .reinterpretAsFloats()
          .intoArray(to, at + block * 32 + LANES);
    }
  }

  private static void q8Zero(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 34L;
      float scale = Float.float16ToFloat(from.get(Floats.SHORT, here));
      levels(from, here + 2).mul(scale).intoArray(to, at + block * 32);
      levels(from, here + 2 + LANES).mul(scale).intoArray(to, at + block * 32 + LANES);
    }
  }

  private static void q4K(
      MemorySegment from,
      long start,
      int blocks,
      float[] to,
      int at,
      float[] scales,
      float[] minima) {
    for (int run = 0; run < 4 * blocks; run++) {
      long here = start + run / 4 * 144L + run % 4 * 32L + 16;
      int first = at + run * 64;
      int group = 2 * run;
      var low = WideBlocks.LEVELS.mul(scales[group]).sub(minima[group]).reinterpretAsInts();
      var high =
          WideBlocks.LEVELS.mul(scales[group + 1]).sub(minima[group + 1]).reinterpretAsInts();
      for (int i = 0; i < 32; i += LANES) {
        var pairs = pairs(from, here + i);
        pairs.selectFrom(low).reinterpretAsFloats().intoArray(to, first + i);
        pairs
            .lanewise(LSHR, 4)
            .selectFrom(high)
            .reinterpretAsFloats()
            .intoArray(to, first + 32 + i);
      }
    }
  }

  private static IntVector pairs(MemorySegment from, long at) {
    return (IntVector)
        ByteVector.fromMemorySegment(WideBlocks.BYTES, from, at, ORDER)
            .convertShape(ZERO_EXTEND_B2I, WideBlocks.INTS, 0);
  }

  private static FloatVector levels(MemorySegment from, long at) {
    var ints =
        (IntVector)
            ByteVector.fromMemorySegment(WideBlocks.BYTES, from, at, ORDER)
                .convertShape(B2I, WideBlocks.INTS, 0);
    return (FloatVector) ints.convert(I2F, 0);
  }
}

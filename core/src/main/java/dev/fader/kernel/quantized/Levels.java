package dev.fader.kernel.quantized;

import dev.fader.quantization.BlockFormat;
import java.lang.foreign.MemorySegment;

/// A piece of a few quantised lines between storage and arithmetic: the levels as whole numbers of
/// eight bits, in the order of the elements, and for every 16 or 32 of them a scale and a minimum.
/// `x = scale level - minimum`, to the bit what [dev.fader.quantization.BlockFormat] decodes.
///
/// Levels are unpacked many at a time in vectors of bytes, and are a quarter of what floats would
/// write to the first-level cache. One loop ([FewLevels]) then serves every format.
public final class Levels {
  /// Elements of a line at most.
  public static final int PIECE = 1024;

  /// A vector of bytes may be loaded that is wider than what is used of it.
  private static final int MARGIN = 64;

  static final int STRIDE = PIECE + MARGIN;
  static final int GROUPS = PIECE / 16;

  final byte[] levels;
  final float[] scales;
  final float[] minima;

  /// Room for `lines` lines.
  public Levels(int lines) {
    levels = new byte[lines * STRIDE];
    scales = new float[lines * GROUPS];
    minima = new float[lines * GROUPS];
  }

  /// Whether the numbers of a format are levels and scales, and the loops for it are here.
  public static boolean has(BlockFormat format) {
    return switch (format) {
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL, MXFP4 -> true;
      case Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_XS, TQ2_0 -> true;
      case NVFP4, Q1_0, TQ1_0, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> false;
    };
  }

  /// Whether minima are not all zeros.
  static boolean hasMinima(BlockFormat format) {
    return switch (format) {
      case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
      default -> false;
    };
  }

  /// The number of elements that share a scale as a power of two.
  static int groupShift(BlockFormat format) {
    return switch (format) {
      case Q2_K, Q3_K, Q6_K -> 4;
      default -> 5;
    };
  }

  /// Unpacks whole blocks, at most [#PIECE] elements, from byte `start` on into a line.
  public void read(int line, MemorySegment from, BlockFormat format, long start, int blocks) {
    switch (format) {
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL, MXFP4 ->
          BlockLevels.read(this, line, from, format, start, blocks);
      default -> SuperBlockLevels.read(this, line, from, format, start, blocks);
    }
  }
}

package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// One number of a block, taken apart: `value = scale * level - minimum`, rounded to float32.
///
/// @param value as [BlockFormat#decode] gives it
/// @param scale of the sub-block that it is in, the scale of the block included
/// @param minimum of that sub-block, 0 in symmetric formats
/// @param level what the scale is multiplied by: a whole number, or one of a lattice or a table;
///   NaN where the scale is 0, so that every level gives the same number
/// @param code how the level is stored, where that is a number of its own; -1 in lattices, whose
///   vectors have one number together, and where the scale is 0
public record BlockElement(float value, float scale, float minimum, double level, int code) {
  /// Levels are whole numbers, but for the eighths by which those of IQ1_S and IQ1_M are shifted.
  private static final int PARTS = 8;

  /// Number `index` of the block at byte `at`.
  public static BlockElement of(BlockFormat format, MemorySegment from, long at, int index) {
    var block = new float[format.elements()];
    format.decode(from, at, block, 0);
    float scale = scale(format, from, at, index);
    float minimum = minimum(format, from, at, index);
    double level = Math.rint(((double) block[index] + minimum) / scale * PARTS) / PARTS;
    boolean known = scale != 0 && !Double.isInfinite(level) && !Double.isNaN(level);
    return new BlockElement(
        block[index], scale, minimum, known ? level : Double.NaN, known ? code(format, level) : -1);
  }

  private static float scale(BlockFormat format, MemorySegment from, long at, int i) {
    return switch (format) {
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL, Q1_0 -> Packed.float16(from, at);
      case Q2_K -> Packed.float16(from, at + 80) * (Packed.unsignedByte(from, at + i / 16) & 15);
      case Q3_K ->
          Packed.float16(from, at + Q3K.SCALE_AT)
              * (Q3K.scale(from, at + Q3K.SCALES_AT, i / 16) - 32);
      case Q4_K, Q5_K -> Packed.float16(from, at) * SixBitPairs.scale(from, at + 4, i / 32);
      case Q6_K -> Packed.float16(from, at + 208) * Packed.signedByte(from, at + 192 + i / 16);
      case IQ4_XS -> {
        int low = Packed.unsignedByte(from, at + 4 + i / 64) >> (i / 32 % 2 * 4) & 15;
        int high = Packed.unsignedShort(from, at + 2) >> (2 * (i / 32)) & 3;
        yield Packed.float16(from, at) * ((low | high << 4) - 32);
      }
      case MXFP4 -> Mxfp4.halfScale(Packed.unsignedByte(from, at));
      case NVFP4 -> Nvfp4.halfScale(Packed.unsignedByte(from, at + i / 16));
      case TQ1_0 -> Packed.float16(from, at + 52);
      case TQ2_0 -> Packed.float16(from, at + 64);
      case IQ1_S ->
          Packed.float16(from, at)
              * (2 * (Packed.unsignedShort(from, at + 34 + i / 32 * 2L) >> 12 & 7) + 1);
      case IQ1_M -> ofIq1M(from, at, i);
      case IQ2_XXS ->
          Packed.float16(from, at)
              * (0.5f + (Packed.word(from, at + 6 + i / 32 * 8L) >>> 28))
              * 0.25f;
      case IQ2_XS -> Packed.float16(from, at) * half(from, at + 66, i) * 0.25f;
      case IQ2_S -> Packed.float16(from, at) * half(from, at + 74, i) * 0.25f;
      case IQ3_XXS ->
          Packed.float16(from, at)
              * (0.5f + (Packed.word(from, at + 66 + i / 32 * 4L) >>> 28))
              * 0.5f;
      case IQ3_S ->
          Packed.float16(from, at)
              * (1 + 2 * (Packed.unsignedByte(from, at + 106 + i / 64) >> (i / 32 % 2 * 4) & 15));
    };
  }

  /// A half, and four bits of every sixteen numbers.
  private static float half(MemorySegment from, long scales, int i) {
    return 0.5f + (Packed.unsignedByte(from, scales + i / 32) >> (i / 16 % 2 * 4) & 15);
  }

  private static float ofIq1M(MemorySegment from, long at, int i) {
    int bits = 0;
    for (int word = 0; word < 4; word++) {
      bits |= Packed.unsignedShort(from, at + 48 + 2L * word) >> 12 << (4 * word);
    }
    int ofSixteen = Packed.unsignedShort(from, at + 48 + i / 64 * 2L) >> (i / 16 % 4 * 3) & 7;
    return Float.float16ToFloat((short) bits) * (2 * ofSixteen + 1);
  }

  private static float minimum(BlockFormat format, MemorySegment from, long at, int i) {
    return switch (format) {
      case Q4_1, Q5_1 -> -Packed.float16(from, at + 2);
      case Q2_K -> Packed.float16(from, at + 82) * (Packed.unsignedByte(from, at + i / 16) >> 4);
      case Q4_K, Q5_K -> Packed.float16(from, at + 2) * SixBitPairs.minimum(from, at + 4, i / 32);
      default -> 0;
    };
  }

  private static int code(BlockFormat format, double level) {
    return switch (format) {
      case Q4_1, Q5_1, Q8_0, Q2_K, Q4_K, Q5_K -> (int) level;
      case Q4_0 -> (int) level + 8;
      case Q5_0 -> (int) level + 16;
      case Q3_K -> (int) level + 4;
      case Q6_K -> (int) level + 32;
      case TQ1_0, TQ2_0 -> (int) level + 1;
      case Q1_0 -> level > 0 ? 1 : 0;
      case IQ4_NL, IQ4_XS -> {
        int code = 0;
        while (code < 15 && Iq4Nl.level(code) != level) {
          code++;
        }
        yield code;
      }
      case MXFP4, NVFP4 -> { // a zero may also be stored as 8, its negative
        int code = 0;
        while (code < 15 && Mxfp4.level(code) != level) {
          code++;
        }
        yield code;
      }
      case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> -1;
    };
  }
}

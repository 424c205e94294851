package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.VectorBlocks.float16;

import dev.fader.kernel.vector.Lanes;
import dev.fader.quantization.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Levels of the formats whose blocks have 256 elements. Every loop is a method of its own, small
/// enough for the compiler to put all of its vectors in line; [SuperBlockScales] has the scales.
final class SuperBlockLevels {
  /// Runs of levels have 32 bytes.
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(
          byte.class, VectorShape.forBitSize(Math.min(256, Lanes.FLOATS.vectorBitSize())));

  private static final int RUN = 32;
  private static final int LENGTH = BYTES.length();

  private SuperBlockLevels() {}

  static void read(
      Levels to, int line, MemorySegment from, BlockFormat format, long start, int blocks) {
    byte[] levels = to.levels;
    int at = line * Levels.STRIDE;
    int group = line * Levels.GROUPS;
    switch (format) {
      case Q4_K -> {
        SuperBlockScales.pairs(from, start, 144, blocks, to, group);
        q4K(from, start, blocks, levels, at);
      }
      case Q5_K -> {
        SuperBlockScales.pairs(from, start, 176, blocks, to, group);
        q5K(from, start, blocks, levels, at);
      }
      case Q6_K -> {
        SuperBlockScales.q6K(from, start, blocks, to.scales, group);
        q6K(from, start, blocks, levels, at);
      }
      case Q3_K -> {
        SuperBlockScales.q3K(from, start, blocks, to.scales, group);
        q3K(from, start, blocks, levels, at);
      }
      case Q2_K -> {
        SuperBlockScales.q2K(from, start, blocks, to, group);
        twoBits(from, start + 16, 84, 0, blocks, levels, at);
      }
      case TQ2_0 -> {
        tq2Scales(from, start, blocks, to.scales, group);
        twoBits(from, start, 66, 1, blocks, levels, at);
      }
      case IQ4_XS -> {
        SuperBlockScales.iq4Xs(from, start, blocks, to.scales, group);
        for (int block = 0; block < blocks; block++) {
          long first = start + block * 136L + 8;
          BlockLevels.fromTable(BlockLevels.UNEVEN, from, first, 16, 8, levels, at + block * 256);
        }
      }
      default -> throw new IllegalStateException("no blocks of 256: " + format);
    }
  }

  private static void q4K(MemorySegment from, long start, int blocks, byte[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      for (int run = 0; run < 4; run++) {
        long levels = start + block * 144L + 16 + run * (long) RUN;
        int first = at + block * 256 + run * 64;
        for (int i = 0; i < RUN; i += LENGTH) {
          var both = bytes(from, levels + i);
          both.and((byte) 15).intoArray(to, first + i);
          right(both, 4).and((byte) 15).intoArray(to, first + RUN + i);
        }
      }
    }
  }

  private static void q5K(MemorySegment from, long start, int blocks, byte[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < RUN; i += LENGTH) {
        long here = start + block * 176L + 16 + i;
        var fifths = bytes(from, here);
        for (int run = 0; run < 4; run++) {
          var both = bytes(from, here + RUN + run * (long) RUN);
          int first = at + block * 256 + run * 64 + i;
          var fifth = left(fifths, 4).and((byte) 16);
          both.and((byte) 15).or(fifth).intoArray(to, first);
          fifth = left(fifths, 3).and((byte) 16);
          right(both, 4).and((byte) 15).or(fifth).intoArray(to, first + RUN);
          fifths = right(fifths, 2);
        }
      }
    }
  }

  private static void q6K(MemorySegment from, long start, int blocks, byte[] to, int at) {
    for (int half = 0; half < 2 * blocks; half++) {
      long here = start + half / 2 * 210L;
      for (int i = 0; i < RUN; i += LENGTH) {
        var upper = bytes(from, here + 128 + half % 2 * 32L + i);
        var first = bytes(from, here + half % 2 * 64L + i);
        var second = bytes(from, here + half % 2 * 64L + RUN + i);
        int run = at + half * 128 + i;
        sixBits(first, left(upper, 4)).intoArray(to, run);
        sixBits(second, left(upper, 2)).intoArray(to, run + RUN);
        sixBits(right(first, 4), upper).intoArray(to, run + 2 * RUN);
        sixBits(right(second, 4), right(upper, 2)).intoArray(to, run + 3 * RUN);
      }
    }
  }

  private static ByteVector sixBits(ByteVector lower, ByteVector upper) {
    return lower.and((byte) 15).or(upper.and((byte) 0x30)).sub((byte) 32);
  }

  private static void q3K(MemorySegment from, long start, int blocks, byte[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < RUN; i += LENGTH) {
        long here = start + block * 110L + i;
        var thirds = bytes(from, here);
        for (int run = 0; run < 8; run++) {
          var pairs = right(bytes(from, here + 32 + run / 4 * 32L), run % 4 * 2);
          var third = left(thirds, 2).and((byte) 4);
          int first = at + block * 256 + run * RUN + i;
          pairs.and((byte) 3).or(third).sub((byte) 4).intoArray(to, first);
          thirds = right(thirds, 1);
        }
      }
    }
  }

  private static void twoBits(
      MemorySegment from, long start, int bytes, int zero, int blocks, byte[] to, int at) {
    for (int half = 0; half < 2 * blocks; half++) {
      for (int i = 0; i < RUN; i += LENGTH) {
        var pairs = bytes(from, start + half / 2 * (long) bytes + half % 2 * 32L + i);
        for (int run = 0; run < 4; run++) {
          int first = at + half * 128 + run * RUN + i;
          pairs.and((byte) 3).sub((byte) zero).intoArray(to, first);
          pairs = right(pairs, 2);
        }
      }
    }
  }

  private static void tq2Scales(MemorySegment from, long start, int blocks, float[] to, int group) {
    for (int block = 0; block < blocks; block++) {
      float scale = float16(from, start + block * 66L + 64);
      Arrays.fill(to, group + block * 8, group + block * 8 + 8, scale);
    }
  }

  private static ByteVector bytes(MemorySegment from, long at) {
    return ByteVector.fromMemorySegment(BYTES, from, at, Lanes.ORDER);
  }

  /// Shifts within shorts: what comes over from the byte beside is for the caller to mask.
  private static ByteVector right(ByteVector bytes, int bits) {
    return bytes.reinterpretAsShorts().lanewise(VectorOperators.LSHR, bits).reinterpretAsBytes();
  }

  private static ByteVector left(ByteVector bytes, int bits) {
    return bytes.reinterpretAsShorts().lanewise(VectorOperators.LSHL, bits).reinterpretAsBytes();
  }
}

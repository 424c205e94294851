package dev.fader.kernel.quantized;

import static dev.fader.kernel.quantized.VectorBlocks.float16;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.vector.Lanes;
import dev.fader.quantization.BlockFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Levels of the formats whose blocks have 32 elements.
final class BlockLevels {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long NIBBLES = 0x0f0f_0f0f_0f0f_0f0fL;

  /// The levels of IQ4_NL and IQ4_XS, and those of MXFP4: twice the numbers of E2M1.
  static final ByteVector UNEVEN =
      table(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

  private static final ByteVector TWICE_E2M1 =
      table(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

  /// The levels of IQ4_NL as floats.
  static float[] unevenLevels() {
    var levels = new float[16];
    for (int i = 0; i < 16; i++) {
      levels[i] = UNEVEN.lane(i);
    }
    return levels;
  }

  /// For eight bits, lowest first, eight bytes: 16 where the bit is set.
  private static final long[] FIFTHS = fifths();

  private BlockLevels() {}

  private static ByteVector table(int... levels) {
    var bytes = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      bytes[i] = (byte) levels[i];
    }
    return ByteVector.fromArray(BYTES, bytes, 0);
  }

  private static long[] fifths() {
    var fifths = new long[256];
    for (int bits = 0; bits < 256; bits++) {
      for (int i = 0; i < 8; i++) {
        fifths[bits] |= (bits >> i & 1L) << (8 * i + 4);
      }
    }
    return fifths;
  }

  static void read(
      Levels to, int line, MemorySegment from, BlockFormat format, long start, int blocks) {
    int at = line * Levels.STRIDE;
    int group = line * Levels.GROUPS;
    switch (format) {
      case Q8_0 -> q8Zero(from, start, blocks, to.levels, at);
      case Q4_0 -> q4Zero(from, start, blocks, to.levels, at);
      case IQ4_NL -> fromTable(UNEVEN, from, start + 2, 18, blocks, to.levels, at);
      case MXFP4 -> fromTable(TWICE_E2M1, from, start + 1, 17, blocks, to.levels, at);
      case Q4_1 -> nibbles(from, start + 4, blocks, to.levels, at);
      case Q5_0 -> fiveBits(from, start + 2, 22, 16, blocks, to.levels, at);
      case Q5_1 -> fiveBits(from, start + 4, 24, 0, blocks, to.levels, at);
      default -> throw new IllegalStateException("no blocks of 32: " + format);
    }
    int bytes = format.bytes();
    if (format == BlockFormat.MXFP4) {
      powersOfTwo(from, start, blocks, to.scales, group);
    } else {
      for (int block = 0; block < blocks; block++) {
        to.scales[group + block] = float16(from, start + (long) block * bytes);
      }
    }
    if (Levels.hasMinima(format)) {
      for (int block = 0; block < blocks; block++) {
        // What is added is a minimum with the other sign.
        to.minima[group + block] = -float16(from, start + 2 + (long) block * bytes);
      }
    }
  }

  /// Half of the powers of two, because levels are twice the numbers.
  private static void powersOfTwo(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      int exponent = from.get(ValueLayout.JAVA_BYTE, start + block * 17L) & 0xff;
      // 2^(exponent - 128), which is subnormal for the two least.
      to[at + block] =
          Float.intBitsToFloat(exponent >= 2 ? (exponent - 1) << 23 : (1 << 21) << exponent);
    }
  }

  private static void q8Zero(MemorySegment from, long start, int blocks, byte[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 34L + 2;
      bytes(from, here).intoArray(to, at + block * 32);
      bytes(from, here + 16).intoArray(to, at + block * 32 + 16);
    }
  }

  private static void q4Zero(MemorySegment from, long start, int blocks, byte[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      var pairs = bytes(from, start + block * 18L + 2);
      lower(pairs).sub((byte) 8).intoArray(to, at + block * 32);
      upper(pairs).sub((byte) 8).intoArray(to, at + block * 32 + 16);
    }
  }

  private static void nibbles(MemorySegment from, long start, int blocks, byte[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      var pairs = bytes(from, start + block * 20L);
      lower(pairs).intoArray(to, at + block * 32);
      upper(pairs).intoArray(to, at + block * 32 + 16);
    }
  }

  /// Halves of 16 bytes that choose from a table.
  static void fromTable(
      ByteVector table, MemorySegment from, long start, int bytes, int blocks, byte[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      var pairs = bytes(from, start + (long) block * bytes);
      lower(pairs).selectFrom(table).intoArray(to, at + block * 32);
      upper(pairs).selectFrom(table).intoArray(to, at + block * 32 + 16);
    }
  }

  /// A word with the fifth bits, then 16 bytes with the other four. Eight levels at a time, in
  /// longs: none of their bytes carries into the next.
  private static void fiveBits(
      MemorySegment from, long start, int bytes, int zero, int blocks, byte[] to, int at) {
    // A level less 16 is its lower bits with the upper ones set where the fifth is not.
    long unset = zero == 0 ? 0 : 0x1010_1010_1010_1010L;
    long times = zero == 0 ? 1 : 15;
    for (int block = 0; block < blocks; block++) {
      long here = start + (long) block * bytes;
      int fifths = from.get(Floats.INT, here);
      for (int i = 0; i < 2; i++) {
        long pairs = from.get(LONG, here + 4 + i * 8L);
        long low = (FIFTHS[fifths >>> (8 * i) & 255] ^ unset) * times;
        long high = (FIFTHS[fifths >>> (16 + 8 * i) & 255] ^ unset) * times;
        int to0 = at + block * 32 + i * 8;
        LONGS.set(to, to0, (pairs & NIBBLES) | low);
        LONGS.set(to, to0 + 16, ((pairs >>> 4) & NIBBLES) | high);
      }
    }
  }

  private static ByteVector bytes(MemorySegment from, long at) {
    return ByteVector.fromMemorySegment(BYTES, from, at, Lanes.ORDER);
  }

  static ByteVector lower(ByteVector pairs) {
    return pairs.and((byte) 15);
  }

  static ByteVector upper(ByteVector pairs) {
    return pairs
        .reinterpretAsShorts()
        .lanewise(VectorOperators.LSHR, 4)
        .reinterpretAsBytes()
        .and((byte) 15);
  }
}

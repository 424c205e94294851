package dev.fader.kernel.quantized;

import static dev.fader.kernel.vector.Lanes.FLOATS;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.vector.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Decoders of blocks of 32, to the bit those of [dev.fader.quantization.BlockFormat]: levels are
/// whole numbers in float32, multiplied by the scale.
final class VectorBlocks {
  static final int LANES = FLOATS.length();
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8, LANES) * Byte.SIZE));
  private static final IntVector INDEX = IntVector.broadcast(INTS, 0).addIndex(1);

  /// There are no vectors of four bytes: they come as an int, and these shifts part them.
  private static final boolean FOUR = LANES == 4;

  private static final IntVector PLACES = INDEX.mul(8);

  private VectorBlocks() {}

  static void decodeQ8Zero(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 34L;
      float scale = float16(from, here);
      for (int i = 0; i < 32; i += LANES) {
        floats(signed(from, here + 2 + i)).mul(scale).intoArray(to, at + block * 32 + i);
      }
    }
  }

  static void decodeQ4Zero(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 18L;
      float scale = float16(from, here);
      for (int i = 0; i < 16; i += LANES) {
        var pairs = unsigned(from, here + 2 + i);
        int low = at + block * 32 + i;
        floats(pairs.and(15).sub(8)).mul(scale).intoArray(to, low);
        floats(upper(pairs).sub(8)).mul(scale).intoArray(to, low + 16);
      }
    }
  }

  static void decodeQ5Zero(MemorySegment from, long start, int blocks, float[] to, int at) {
    for (int block = 0; block < blocks; block++) {
      long here = start + block * 22L;
      float scale = float16(from, here);
      int fifths = from.get(Floats.INT, here + 2);
      for (int i = 0; i < 16; i += LANES) {
        var pairs = unsigned(from, here + 6 + i);
        int low = at + block * 32 + i;
        floats(pairs.and(15).or(fifth(fifths >>> i)).sub(16)).mul(scale).intoArray(to, low);
        floats(upper(pairs).or(fifth(fifths >>> (16 + i))).sub(16))
            .mul(scale)
            .intoArray(to, low + 16);
      }
    }
  }

  /// Bit i in the place of 16 of lane i.
  private static IntVector fifth(int bits) {
    return IntVector.broadcast(INTS, bits)
        .lanewise(VectorOperators.LSHR, INDEX)
        .and(1)
        .lanewise(VectorOperators.LSHL, 4);
  }

  /// As many bytes as a vector has floats, from 0 to 255.
  static IntVector unsigned(MemorySegment from, long at) {
    return FOUR
        ? four(from, at).lanewise(VectorOperators.LSHR, PLACES).and(255)
        : (IntVector) bytes(from, at).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
  }

  /// As many bytes as a vector has floats, from -128 to 127.
  static IntVector signed(MemorySegment from, long at) {
    return FOUR
        ? four(from, at)
            .lanewise(VectorOperators.LSHR, PLACES)
            .lanewise(VectorOperators.LSHL, 24)
            .lanewise(VectorOperators.ASHR, 24)
        : (IntVector) bytes(from, at).convertShape(VectorOperators.B2I, INTS, 0);
  }

  private static IntVector four(MemorySegment from, long at) {
    return IntVector.broadcast(INTS, from.get(Floats.INT, at));
  }

  private static ByteVector bytes(MemorySegment from, long at) {
    return ByteVector.fromMemorySegment(BYTES, from, at, Lanes.ORDER);
  }

  /// The upper halves of bytes.
  static IntVector upper(IntVector bytes) {
    return bytes.lanewise(VectorOperators.LSHR, 4);
  }

  static FloatVector floats(IntVector levels) {
    return (FloatVector) levels.convert(VectorOperators.I2F, 0);
  }

  static float float16(MemorySegment from, long at) {
    return Float.float16ToFloat(from.get(Floats.SHORT, at));
  }
}

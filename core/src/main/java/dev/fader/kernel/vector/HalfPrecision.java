package dev.fader.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Vectors of 16-bit floating point storage, widened to float32, and of float32 rounded to it.
public final class HalfPrecision {
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, Lanes.FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.FLOATS.vectorBitSize() / 2));
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private HalfPrecision() {}

  /// bfloat16 at byte `at`: the upper half of a float32.
  public static FloatVector bfloat16(MemorySegment memory, long at) {
    return bits(memory, at).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /// binary16 at byte `at`. Shifting the exponent into place leaves it 112 too small, which one
  /// multiplication mends for normal and subnormal numbers alike; infinity and NaN are set apart.
  public static FloatVector float16(MemorySegment memory, long at) {
    IntVector bits = bits(memory, at);
    IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
    IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
    IntVector scaled = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
    var special = bits.and(0x7c00).eq(0x7c00);
    return scaled.blend(magnitude.or(0x7f800000), special).or(sign).reinterpretAsFloats();
  }

  /// Stores a vector as bfloat16 from byte `at` on, rounded to nearest, ties to even; NaN stays
  /// NaN.
  public static void storeBfloat16(FloatVector x, MemorySegment memory, long at) {
    ((ShortVector)
            rounded(x)
                .lanewise(VectorOperators.LSHR, 16)
                .convertShape(VectorOperators.I2S, SHORTS, 0))
        .intoMemorySegment(memory, at, ORDER);
  }

  /// Words of two bfloat16 each, rounded as by [#storeBfloat16]: `low` in the lower half.
  public static IntVector bfloat16Pairs(FloatVector low, FloatVector high) {
    return rounded(low).lanewise(VectorOperators.LSHR, 16).or(rounded(high).and(0xffff0000));
  }

  /// The bits of bfloat16 in the upper half of each word; whatever in the lower.
  private static IntVector rounded(FloatVector x) {
    var bits = x.reinterpretAsInts();
    var odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
    var quiet = bits.or(0x400000);
    return bits.add(0x7fff).add(odd).blend(quiet, x.test(VectorOperators.IS_NAN).cast(INTS));
  }

  private static IntVector bits(MemorySegment memory, long at) {
    return (IntVector)
        ShortVector.fromMemorySegment(SHORTS, memory, at, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
  }
}

package dev.fader.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Vectors of 16-bit floating point storage, widened to float32.
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

  private static IntVector bits(MemorySegment memory, long at) {
    return (IntVector)
        ShortVector.fromMemorySegment(SHORTS, memory, at, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
  }
}

package dev.fader.kernel.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The vectors of this process. Loaded only where the module `jdk.incubator.vector` is present.
public final class Lanes {
  /// A constant to the compiler, which is what makes the Vector API fast.
  public static final VectorSpecies<Float> FLOATS =
      species(Integer.getInteger(VectorWidth.PROPERTY, 0));

  public static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final List<Class<?>> ELEMENTS =
      List.of(byte.class, short.class, int.class, long.class, float.class, double.class);

  static {
    initialize();
  }

  private Lanes() {}

  /// The compiler never inlines a method of a class that is not initialised yet, so that a loop
  /// compiled before its first vector would be slow for good.
  private static void initialize() {
    for (var element : ELEMENTS) {
      for (var shape : VectorShape.values()) {
        if (shape.vectorBitSize() <= VectorShape.preferredShape().vectorBitSize()) {
          VectorSpecies.of(element, shape).zero();
        }
      }
    }
  }

  private static VectorSpecies<Float> species(int bits) {
    return bits == 0
        ? FloatVector.SPECIES_PREFERRED
        : VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
  }

  /// The width of `bits`, or of the widest vectors if `bits` is 0.
  public static VectorWidth width(int bits) {
    int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    return VectorWidth.ofVectors(bits == 0 ? widest : bits, widest, bits != 0);
  }

  /// The vector of the elements from `index` on, counted from the byte `start`.
  public static FloatVector load(MemorySegment segment, long start, int index) {
    return FloatVector.fromMemorySegment(FLOATS, segment, start + ((long) index << 2), ORDER);
  }

  /// Stores a vector where [#load] finds it.
  public static void store(FloatVector vector, MemorySegment segment, long start, int index) {
    vector.intoMemorySegment(segment, start + ((long) index << 2), ORDER);
  }
}

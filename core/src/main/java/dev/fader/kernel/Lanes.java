package dev.fader.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The vectors of this process. Loaded only where the module `jdk.incubator.vector` is present.
final class Lanes {
  /// A constant to the compiler, which is what makes the Vector API fast.
  static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(
          float.class,
          VectorShape.forBitSize(
              Integer.getInteger(Tier.PROPERTY, FloatVector.SPECIES_PREFERRED.vectorBitSize())));

  private Lanes() {}

  /// The tier of `bits`, or of the widest vectors if `bits` is 0.
  static Tier tier(int bits) {
    int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    return Tier.ofVectors(bits == 0 ? widest : bits, widest, bits != 0);
  }
}

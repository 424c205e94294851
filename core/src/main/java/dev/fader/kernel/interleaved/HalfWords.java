package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/// Whole numbers of 16 bits, the halves of words: a word is a line, its low half adds up the
/// products of one half of the line's elements, its high half those of the other.
///
/// Sums wrap around, so that only what is left at the end of a group has to fit 16 bits.
final class HalfWords {
  static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());

  private HalfWords() {}

  /// The same two halves in each word.
  static ShortVector broadcast(float[] pairs, int at) {
    return FloatVector.broadcast(FLOATS, pairs[at]).reinterpretAsShorts();
  }

  /// The halves of each word added up, as floats, which are exact.
  static FloatVector total(ShortVector halves) {
    var words = halves.reinterpretAsInts();
    var low = words.lanewise(LSHL, 16).lanewise(ASHR, 16);
    return (FloatVector) low.add(words.lanewise(ASHR, 16)).convert(I2F, 0);
  }
}

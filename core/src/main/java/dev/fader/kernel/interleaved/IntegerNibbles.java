package dev.fader.kernel.interleaved;

import static dev.fader.kernel.interleaved.HalfWords.SHORTS;
import static dev.fader.kernel.interleaved.HalfWords.broadcast;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.ShortVector;

/// Levels of four bits times rows of eight bits.
final class IntegerNibbles {
  private static final int LINES = InterleavedLayout.LINES;

  private IntegerNibbles() {}

  /// The sums of the groups of a row times two strips.
  static void multiply(StripPiece piece, int row, int lane) {
    var from = piece.from;
    long at0 = piece.levels[0] + 4L * lane;
    long at1 = piece.levels[1] + 4L * lane;
    float[] pairs = piece.pairs;
    int pairsAt = piece.pairsAt + row * piece.pairsOfRow;
    short[] partial = piece.partial;
    int to = 2 * lane;
    var zero = ShortVector.zero(SHORTS);
    var p0 = zero;
    var p1 = zero;
    int words = piece.groups * 4;
    for (int word = 0; word < words; word++) {
      var w0 = ShortVector.fromMemorySegment(SHORTS, from, at0 + word * 64L, ORDER);
      var w1 = ShortVector.fromMemorySegment(SHORTS, from, at1 + word * 64L, ORDER);
      int k = pairsAt + word * 4;
      ShortVector x = broadcast(pairs, k);
      p0 = w0.mul(x).add(p0);
      p1 = w1.mul(x).add(p1);
      x = broadcast(pairs, k + 1);
      p0 = w0.lanewise(LSHR, 4).mul(x).add(p0);
      p1 = w1.lanewise(LSHR, 4).mul(x).add(p1);
      x = broadcast(pairs, k + 2);
      p0 = w0.lanewise(LSHR, 8).mul(x).add(p0);
      p1 = w1.lanewise(LSHR, 8).mul(x).add(p1);
      x = broadcast(pairs, k + 3);
      p0 = w0.lanewise(LSHR, 12).mul(x).add(p0);
      p1 = w1.lanewise(LSHR, 12).mul(x).add(p1);
      if ((word & 3) == 3) {
        p0.intoArray(partial, to);
        p1.intoArray(partial, to + 2 * LINES);
        to += 4 * LINES;
        p0 = zero;
        p1 = zero;
      }
    }
  }
}

package dev.fader.kernel.interleaved;

import static dev.fader.kernel.interleaved.HalfWords.SHORTS;
import static dev.fader.kernel.interleaved.HalfWords.broadcast;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.ShortVector;

/// Levels of six bits times rows of eight bits.
final class IntegerSixBits {
  private static final int LINES = InterleavedLayout.LINES;

  private IntegerSixBits() {}

  /// The sums of the groups of a row times a strip.
  static void multiply(StripPiece piece, int row, int strip, int lane) {
    var from = piece.from;
    long at = piece.levels[strip] + 4L * lane;
    float[] pairs = piece.pairs;
    int pairsAt = piece.pairsAt + row * piece.pairsOfRow;
    short[] partial = piece.partial;
    int to = 2 * lane + strip * 2 * LINES;
    int groups = piece.groups;
    for (int group = 0; group < groups; group++) {
      var w0 = ShortVector.fromMemorySegment(SHORTS, from, at + group * 192L, ORDER);
      var w1 = ShortVector.fromMemorySegment(SHORTS, from, at + group * 192L + 64, ORDER);
      var w2 = ShortVector.fromMemorySegment(SHORTS, from, at + group * 192L + 128, ORDER);
      int k = pairsAt + group * EightBitPairs.SIX_BIT_FACTORS;
      var halves = w0.mul(broadcast(pairs, k));
      halves = w0.lanewise(LSHR, 6).mul(broadcast(pairs, k + 1)).add(halves);
      halves = w0.lanewise(LSHR, 12).mul(broadcast(pairs, k + 2)).add(halves);
      halves = w1.mul(broadcast(pairs, k + 3)).add(halves);
      halves = w1.lanewise(LSHR, 6).mul(broadcast(pairs, k + 4)).add(halves);
      halves = w1.lanewise(LSHR, 12).mul(broadcast(pairs, k + 5)).add(halves);
      halves = w1.lanewise(LSHR, 14).mul(broadcast(pairs, k + 6)).add(halves);
      halves = w2.mul(broadcast(pairs, k + 7)).add(halves);
      halves = w2.lanewise(LSHR, 6).mul(broadcast(pairs, k + 8)).add(halves);
      halves = w2.lanewise(LSHR, 12).mul(broadcast(pairs, k + 9)).add(halves);
      halves.intoArray(partial, to + group * 4 * LINES);
    }
  }
}

package dev.fader.kernel.interleaved;

import static dev.fader.kernel.interleaved.HalfWords.SHORTS;
import static dev.fader.kernel.interleaved.HalfWords.broadcast;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.ShortVector;

/// Levels of six bits times rows of eight bits, as [IntegerNibbles]: the middle one of the three
/// words of a group takes part four times ([EightBitSixes]), the others three times.
final class IntegerSixBits {
  private static final int LINES = InterleavedLayout.LINES;
  private static final int FACTORS = EightBitSixes.FACTORS;
  private static final long GROUP_BYTES = 3 * 64; // three words
  private static final int ROW = StripPiece.STRIPS * 2 * LINES;

  private IntegerSixBits() {}

  /// One row times two strips. Of the factors some are zero, so that all words are alike.
  static void one(StripPiece piece, int row, int lane) {
    var from = piece.from;
    int first = piece.firstGroup;
    long at0 = piece.levels[0] + first * GROUP_BYTES + 4L * lane;
    long at1 = piece.levels[1] + first * GROUP_BYTES + 4L * lane;
    float[] pairs = piece.pairs;
    int pairsAt = piece.pairsAt + row * piece.pairsOfRow + piece.pairsFrom + first * FACTORS;
    short[] partial = piece.partial;
    var zero = ShortVector.zero(SHORTS);
    var p0 = zero;
    var p1 = zero;
    int words = piece.groups * 3;
    for (int word = 0; word < words; word++) {
      var w0 = ShortVector.fromMemorySegment(SHORTS, from, at0 + word * 64L, ORDER);
      var w1 = ShortVector.fromMemorySegment(SHORTS, from, at1 + word * 64L, ORDER);
      int k = pairsAt + word * 4;
      ShortVector x = broadcast(pairs, k);
      p0 = w0.mul(x).add(p0);
      p1 = w1.mul(x).add(p1);
      x = broadcast(pairs, k + 1);
      p0 = w0.lanewise(LSHR, (short) 6).mul(x).add(p0);
      p1 = w1.lanewise(LSHR, (short) 6).mul(x).add(p1);
      x = broadcast(pairs, k + 2);
      p0 = w0.lanewise(LSHR, (short) 12).mul(x).add(p0);
      p1 = w1.lanewise(LSHR, (short) 12).mul(x).add(p1);
      x = broadcast(pairs, k + 3);
      p0 = w0.lanewise(LSHR, (short) 14).mul(x).add(p0);
      p1 = w1.lanewise(LSHR, (short) 14).mul(x).add(p1);
      int to = word / 3 * ROW + 2 * lane;
      p0.intoArray(partial, to);
      p1.intoArray(partial, to + 2 * LINES);
    }
  }

  /// Four rows times two strips.
  static void four(StripPiece piece, int row, int lane) {
    var from = piece.from;
    int first = piece.firstGroup;
    long at0 = piece.levels[0] + first * GROUP_BYTES + 4L * lane;
    long at1 = piece.levels[1] + first * GROUP_BYTES + 4L * lane;
    float[] pairs = piece.pairs;
    float[] starts = piece.starts;
    int pairsAt = piece.pairsAt + row * piece.pairsOfRow + 4 * (piece.pairsFrom + first * FACTORS);
    int groupsOfRow = piece.groupsOfRow;
    int startsAt = piece.groupSumsAt + row * groupsOfRow + first;
    short[] partial = piece.partial;
    int to = 2 * lane;
    var zero = ShortVector.zero(SHORTS);
    int groups = piece.groups;
    for (int group = 0; group < groups; group++) {
      var a0 = zero;
      var a1 = zero;
      var b0 = zero;
      var b1 = zero;
      var c0 = zero;
      var c1 = zero;
      var d0 = zero;
      var d1 = zero;
      for (int word = 3 * group; word < 3 * group + 3; word++) {
        long at = word * 64L;
        var w0 = ShortVector.fromMemorySegment(SHORTS, from, at0 + at, ORDER);
        var w1 = ShortVector.fromMemorySegment(SHORTS, from, at1 + at, ORDER);
        int parts = word == 3 * group + 1 ? 4 : 3;
        for (int part = 0; part < parts; part++) {
          int k = pairsAt + 16 * word + 4 * part;
          int shift = Math.min(6 * part, 14);
          var v0 = w0.lanewise(LSHR, (short) shift);
          var v1 = w1.lanewise(LSHR, (short) shift);
          ShortVector x = broadcast(pairs, k);
          a0 = v0.mul(x).add(a0);
          a1 = v1.mul(x).add(a1);
          x = broadcast(pairs, k + 1);
          b0 = v0.mul(x).add(b0);
          b1 = v1.mul(x).add(b1);
          x = broadcast(pairs, k + 2);
          c0 = v0.mul(x).add(c0);
          c1 = v1.mul(x).add(c1);
          x = broadcast(pairs, k + 3);
          d0 = v0.mul(x).add(d0);
          d1 = v1.mul(x).add(d1);
        }
      }
      var start = broadcast(starts, startsAt + group);
      start.add(a0).intoArray(partial, to);
      start.add(a1).intoArray(partial, to + 2 * LINES);
      start = broadcast(starts, startsAt + group + groupsOfRow);
      start.add(b0).intoArray(partial, to + ROW);
      start.add(b1).intoArray(partial, to + ROW + 2 * LINES);
      start = broadcast(starts, startsAt + group + 2 * groupsOfRow);
      start.add(c0).intoArray(partial, to + 2 * ROW);
      start.add(c1).intoArray(partial, to + 2 * ROW + 2 * LINES);
      start = broadcast(starts, startsAt + group + 3 * groupsOfRow);
      start.add(d0).intoArray(partial, to + 3 * ROW);
      start.add(d1).intoArray(partial, to + 3 * ROW + 2 * LINES);
      to += 4 * ROW;
    }
  }
}

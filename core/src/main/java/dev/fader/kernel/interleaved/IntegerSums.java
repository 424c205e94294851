package dev.fader.kernel.interleaved;

import static dev.fader.kernel.interleaved.HalfWords.SHORTS;
import static dev.fader.kernel.interleaved.HalfWords.broadcast;
import static dev.fader.kernel.interleaved.HalfWords.total;
import static dev.fader.kernel.vector.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;

/// The way of sums of groups, whole numbers, into the sums of lines.
///
/// In loops of their own: in that of the products the compiler's budget for inlining would end, and
/// vectors go to the heap. Each loop has several chains of additions, since one waits for itself.
final class IntegerSums {
  private static final int LINES = InterleavedLayout.LINES;
  private static final int ROW = StripPiece.STRIPS * 2 * LINES;

  private IntegerSums() {}

  /// Adds the sums of the groups of a row, each of which holds those before it, to those of the
  /// lines of two strips.
  static void one(StripPiece piece, int row, int lane) {
    short[] partial = piece.partial;
    float[] scales0 = piece.scales[0].scales;
    float[] scales1 = piece.scales[1].scales;
    float[] starts = piece.starts;
    float[] inputScales = piece.inputScales;
    float[] sums = piece.sums;
    int first = piece.firstGroup;
    int groupsAt = piece.groupSumsAt + row * piece.groupsOfRow + first;
    int at = 2 * lane;
    int to = StripPiece.sumsAt(row, 0) + lane;
    var sum0 = FloatVector.fromArray(FLOATS, sums, to);
    var sum1 = FloatVector.fromArray(FLOATS, sums, to + LINES);
    var before0 = ShortVector.zero(SHORTS);
    var before1 = ShortVector.zero(SHORTS);
    int groups = piece.groups;
    for (int group = 0; group < groups; group++) {
      var x = FloatVector.broadcast(FLOATS, inputScales[groupsAt + group]);
      var start = broadcast(starts, groupsAt + group);
      int scale = (first + group) * LINES + lane;
      var all0 = ShortVector.fromArray(SHORTS, partial, at);
      var all1 = ShortVector.fromArray(SHORTS, partial, at + 2 * LINES);
      sum0 =
          total(all0.sub(before0).add(start))
              .mul(x)
              .fma(FloatVector.fromArray(FLOATS, scales0, scale), sum0);
      sum1 =
          total(all1.sub(before1).add(start))
              .mul(x)
              .fma(FloatVector.fromArray(FLOATS, scales1, scale), sum1);
      before0 = all0;
      before1 = all1;
      at += ROW;
    }
    sum0.intoArray(sums, to);
    sum1.intoArray(sums, to + LINES);
  }

  /// The same for two of four rows: those from `place` on of the four that begin with `row`.
  static void two(StripPiece piece, int row, int place, int lane) {
    short[] partial = piece.partial;
    float[] scales0 = piece.scales[0].scales;
    float[] scales1 = piece.scales[1].scales;
    float[] inputScales = piece.inputScales;
    float[] sums = piece.sums;
    int first = piece.firstGroup;
    int groupsA = piece.groupSumsAt + (row + place) * piece.groupsOfRow + first;
    int groupsB = groupsA + piece.groupsOfRow;
    int at = place * ROW + 2 * lane;
    int to = StripPiece.sumsAt(row + place, 0) + lane;
    var a0 = FloatVector.fromArray(FLOATS, sums, to);
    var a1 = FloatVector.fromArray(FLOATS, sums, to + LINES);
    var b0 = FloatVector.fromArray(FLOATS, sums, to + 2 * LINES);
    var b1 = FloatVector.fromArray(FLOATS, sums, to + 3 * LINES);
    int groups = piece.groups;
    for (int group = 0; group < groups; group++) {
      int scale = (first + group) * LINES + lane;
      var a = FloatVector.broadcast(FLOATS, inputScales[groupsA + group]);
      var b = FloatVector.broadcast(FLOATS, inputScales[groupsB + group]);
      var scale0 = FloatVector.fromArray(FLOATS, scales0, scale);
      var scale1 = FloatVector.fromArray(FLOATS, scales1, scale);
      a0 = total(ShortVector.fromArray(SHORTS, partial, at)).mul(a).fma(scale0, a0);
      a1 = total(ShortVector.fromArray(SHORTS, partial, at + 2 * LINES)).mul(a).fma(scale1, a1);
      b0 = total(ShortVector.fromArray(SHORTS, partial, at + ROW)).mul(b).fma(scale0, b0);
      b1 =
          total(ShortVector.fromArray(SHORTS, partial, at + ROW + 2 * LINES))
              .mul(b)
              .fma(scale1, b1);
      at += 4 * ROW;
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + LINES);
    b0.intoArray(sums, to + 2 * LINES);
    b1.intoArray(sums, to + 3 * LINES);
  }
}

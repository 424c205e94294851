package dev.fader.kernel.interleaved;

import static dev.fader.kernel.interleaved.HalfWords.SHORTS;
import static dev.fader.kernel.interleaved.HalfWords.broadcast;
import static dev.fader.kernel.interleaved.HalfWords.total;
import static dev.fader.kernel.vector.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;

/// The way of sums of groups, whole numbers, into the sums of lines.
final class IntegerSums {
  private static final int LINES = InterleavedLayout.LINES;

  private IntegerSums() {}

  /// Adds the sums of the groups of a row and strip to those of its lines. In a loop of its own: in
  /// that of the products the compiler's budget for inlining would end, and vectors go to the heap.
  static void add(StripPiece piece, int row, int strip, int lane) {
    short[] partial = piece.partial;
    float[] starts = piece.starts;
    float[] scales = piece.scales[strip].scales;
    float[] inputScales = piece.inputScales;
    float[] sums = piece.sums;
    int groupsAt = piece.groupSumsAt + row * piece.groupsOfRow;
    int at = strip * 2 * LINES + 2 * lane;
    int to = StripPiece.sumsAt(row, strip) + lane;
    var sum = FloatVector.fromArray(FLOATS, sums, to);
    int groups = piece.groups;
    for (int group = 0; group < groups; group++) {
      var halves = ShortVector.fromArray(SHORTS, partial, at + group * 4 * LINES);
      sum =
          total(halves.add(broadcast(starts, groupsAt + group)))
              .mul(FloatVector.broadcast(FLOATS, inputScales[groupsAt + group]))
              .fma(FloatVector.fromArray(FLOATS, scales, lane + group * LINES), sum);
    }
    sum.intoArray(sums, to);
  }
}

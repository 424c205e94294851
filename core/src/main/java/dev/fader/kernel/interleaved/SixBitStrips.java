package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Rows times strips of levels of six bits: those of the low halves of a group's words, then those
/// of the high ones. The last two of eight levels are put together of what is above the others.
final class SixBitStrips {
  private static final int LINES = InterleavedLayout.LINES;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());

  private SixBitStrips() {}

  /// One row times two strips.
  static void one(StripPiece piece, int row, int lane) {
    var from = piece.from;
    long at0 = piece.levels[0] + 4L * lane;
    float[] scales0 = piece.scales[0].scales;
    long at1 = piece.levels[1] + 4L * lane;
    float[] scales1 = piece.scales[1].scales;
    float[] x = piece.x;
    int xAt = piece.xAt + row * piece.depth;
    float[] sums = piece.sums;
    int to0 = StripPiece.sumsAt(row, 0) + lane;
    int to1 = StripPiece.sumsAt(row, 1) + lane;
    float[] groupSums = piece.groupSums;
    float offset = -piece.offset;
    int groupSums0 = piece.groupSumsAt + row * piece.groupsOfRow;
    var sum0 = FloatVector.fromArray(FLOATS, sums, to0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, to1);
    var p00 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums0]);
    var p01 = FloatVector.zero(FLOATS);
    var p10 = p00;
    var p11 = FloatVector.zero(FLOATS);
    int halves = piece.groups * 2;
    for (int half = 0; half < halves; half++) {
      long at = half / 2 * 192L;
      int shift = half % 2 * 16;
      var u0 = IntVector.fromMemorySegment(INTS, from, at0 + at, ORDER).lanewise(LSHR, shift);
      var v0 = IntVector.fromMemorySegment(INTS, from, at0 + at + 64, ORDER).lanewise(LSHR, shift);
      var w0 = IntVector.fromMemorySegment(INTS, from, at0 + at + 128, ORDER).lanewise(LSHR, shift);
      var u1 = IntVector.fromMemorySegment(INTS, from, at1 + at, ORDER).lanewise(LSHR, shift);
      var v1 = IntVector.fromMemorySegment(INTS, from, at1 + at + 64, ORDER).lanewise(LSHR, shift);
      var w1 = IntVector.fromMemorySegment(INTS, from, at1 + at + 128, ORDER).lanewise(LSHR, shift);
      int k = xAt + half * 8;
      FloatVector x0;
      x0 = FloatVector.broadcast(FLOATS, x[k]);
      p00 = ((FloatVector) u0.and(0x3f).convert(I2F, 0)).fma(x0, p00);
      p10 = ((FloatVector) u1.and(0x3f).convert(I2F, 0)).fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 1]);
      p01 = ((FloatVector) u0.and(0xfc0).convert(I2F, 0)).fma(x0, p01);
      p11 = ((FloatVector) u1.and(0xfc0).convert(I2F, 0)).fma(x0, p11);
      x0 = FloatVector.broadcast(FLOATS, x[k + 2]);
      p00 = ((FloatVector) v0.and(0x3f).convert(I2F, 0)).fma(x0, p00);
      p10 = ((FloatVector) v1.and(0x3f).convert(I2F, 0)).fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 3]);
      p01 = ((FloatVector) v0.and(0xfc0).convert(I2F, 0)).fma(x0, p01);
      p11 = ((FloatVector) v1.and(0xfc0).convert(I2F, 0)).fma(x0, p11);
      x0 = FloatVector.broadcast(FLOATS, x[k + 4]);
      p00 = ((FloatVector) w0.and(0x3f).convert(I2F, 0)).fma(x0, p00);
      p10 = ((FloatVector) w1.and(0x3f).convert(I2F, 0)).fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 5]);
      p01 = ((FloatVector) w0.and(0xfc0).convert(I2F, 0)).fma(x0, p01);
      p11 = ((FloatVector) w1.and(0xfc0).convert(I2F, 0)).fma(x0, p11);
      x0 = FloatVector.broadcast(FLOATS, x[k + 6]);
      p00 =
          ((FloatVector) u0.and(0xf000).or(v0.lanewise(LSHL, 4).and(0x3_0000)).convert(I2F, 0))
              .fma(x0, p00);
      p10 =
          ((FloatVector) u1.and(0xf000).or(v1.lanewise(LSHL, 4).and(0x3_0000)).convert(I2F, 0))
              .fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 7]);
      p01 =
          ((FloatVector) w0.and(0xf000).or(v0.lanewise(LSHL, 2).and(0x3_0000)).convert(I2F, 0))
              .fma(x0, p01);
      p11 =
          ((FloatVector) w1.and(0xf000).or(v1.lanewise(LSHL, 2).and(0x3_0000)).convert(I2F, 0))
              .fma(x0, p11);
      if (shift != 0) {
        int group = half / 2;
        int scale = group * LINES + lane;
        sum0 = p00.add(p01).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum0);
        sum1 = p10.add(p11).fma(FloatVector.fromArray(FLOATS, scales1, scale), sum1);
        p00 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums0 + group + 1]);
        p01 = FloatVector.zero(FLOATS);
        p10 = p00;
        p11 = FloatVector.zero(FLOATS);
      }
    }
    sum0.intoArray(sums, to0);
    sum1.intoArray(sums, to1);
  }

  /// Two rows times a strip.
  static void two(StripPiece piece, int row, int strip, int lane) {
    var from = piece.from;
    long at0 = piece.levels[strip] + 4L * lane;
    float[] scales0 = piece.scales[strip].scales;
    float[] x = piece.x;
    int depth = piece.depth;
    int xAt = piece.xAt + row * piece.depth;
    float[] sums = piece.sums;
    int to0 = StripPiece.sumsAt(row, strip) + lane;
    int to1 = StripPiece.sumsAt(row + 1, strip) + lane;
    float[] groupSums = piece.groupSums;
    float offset = -piece.offset;
    int groupSums0 = piece.groupSumsAt + row * piece.groupsOfRow;
    int groupSums1 = piece.groupSumsAt + (row + 1) * piece.groupsOfRow;
    var sum0 = FloatVector.fromArray(FLOATS, sums, to0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, to1);
    var a0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums0]);
    var a1 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums1]);
    var b1 = FloatVector.zero(FLOATS);
    int halves = piece.groups * 2;
    for (int half = 0; half < halves; half++) {
      long at = half / 2 * 192L;
      int shift = half % 2 * 16;
      var u0 = IntVector.fromMemorySegment(INTS, from, at0 + at, ORDER).lanewise(LSHR, shift);
      var v0 = IntVector.fromMemorySegment(INTS, from, at0 + at + 64, ORDER).lanewise(LSHR, shift);
      var w0 = IntVector.fromMemorySegment(INTS, from, at0 + at + 128, ORDER).lanewise(LSHR, shift);
      int k = xAt + half * 8;
      FloatVector level;
      level = (FloatVector) u0.and(0x3f).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth]), b0);
      level = (FloatVector) u0.and(0xfc0).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 1]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 1]), b1);
      level = (FloatVector) v0.and(0x3f).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 2]), b0);
      level = (FloatVector) v0.and(0xfc0).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 3]), b1);
      level = (FloatVector) w0.and(0x3f).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 4]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 4]), b0);
      level = (FloatVector) w0.and(0xfc0).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 5]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 5]), b1);
      level = (FloatVector) u0.and(0xf000).or(v0.lanewise(LSHL, 4).and(0x3_0000)).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 6]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 6]), b0);
      level = (FloatVector) w0.and(0xf000).or(v0.lanewise(LSHL, 2).and(0x3_0000)).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 7]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 7]), b1);
      if (shift != 0) {
        int group = half / 2;
        int scale = group * LINES + lane;
        sum0 = a0.add(a1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum0);
        sum1 = b0.add(b1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum1);
        a0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums0 + group + 1]);
        a1 = FloatVector.zero(FLOATS);
        b0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums1 + group + 1]);
        b1 = FloatVector.zero(FLOATS);
      }
    }
    sum0.intoArray(sums, to0);
    sum1.intoArray(sums, to1);
  }

  /// Four rows times a strip.
  static void four(StripPiece piece, int row, int strip, int lane) {
    var from = piece.from;
    long at0 = piece.levels[strip] + 4L * lane;
    float[] scales0 = piece.scales[strip].scales;
    float[] x = piece.x;
    int depth = piece.depth;
    int xAt = piece.xAt + row * piece.depth;
    float[] sums = piece.sums;
    int to0 = StripPiece.sumsAt(row, strip) + lane;
    int to1 = StripPiece.sumsAt(row + 1, strip) + lane;
    int to2 = StripPiece.sumsAt(row + 2, strip) + lane;
    int to3 = StripPiece.sumsAt(row + 3, strip) + lane;
    float[] groupSums = piece.groupSums;
    float offset = -piece.offset;
    int groupSums0 = piece.groupSumsAt + row * piece.groupsOfRow;
    int groupSums1 = piece.groupSumsAt + (row + 1) * piece.groupsOfRow;
    int groupSums2 = piece.groupSumsAt + (row + 2) * piece.groupsOfRow;
    int groupSums3 = piece.groupSumsAt + (row + 3) * piece.groupsOfRow;
    var sum0 = FloatVector.fromArray(FLOATS, sums, to0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, to1);
    var sum2 = FloatVector.fromArray(FLOATS, sums, to2);
    var sum3 = FloatVector.fromArray(FLOATS, sums, to3);
    var a0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums0]);
    var a1 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums1]);
    var b1 = FloatVector.zero(FLOATS);
    var c0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums2]);
    var c1 = FloatVector.zero(FLOATS);
    var d0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums3]);
    var d1 = FloatVector.zero(FLOATS);
    int halves = piece.groups * 2;
    for (int half = 0; half < halves; half++) {
      long at = half / 2 * 192L;
      int shift = half % 2 * 16;
      var u0 = IntVector.fromMemorySegment(INTS, from, at0 + at, ORDER).lanewise(LSHR, shift);
      var v0 = IntVector.fromMemorySegment(INTS, from, at0 + at + 64, ORDER).lanewise(LSHR, shift);
      var w0 = IntVector.fromMemorySegment(INTS, from, at0 + at + 128, ORDER).lanewise(LSHR, shift);
      int k = xAt + half * 8;
      FloatVector level;
      level = (FloatVector) u0.and(0x3f).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth]), d0);
      level = (FloatVector) u0.and(0xfc0).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 1]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 1]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 1]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 1]), d1);
      level = (FloatVector) v0.and(0x3f).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 2]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 2]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 2]), d0);
      level = (FloatVector) v0.and(0xfc0).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 3]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 3]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 3]), d1);
      level = (FloatVector) w0.and(0x3f).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 4]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 4]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 4]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 4]), d0);
      level = (FloatVector) w0.and(0xfc0).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 5]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 5]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 5]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 5]), d1);
      level = (FloatVector) u0.and(0xf000).or(v0.lanewise(LSHL, 4).and(0x3_0000)).convert(I2F, 0);
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 6]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 6]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 6]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 6]), d0);
      level = (FloatVector) w0.and(0xf000).or(v0.lanewise(LSHL, 2).and(0x3_0000)).convert(I2F, 0);
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 7]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 7]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 7]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 7]), d1);
      if (shift != 0) {
        int group = half / 2;
        int scale = group * LINES + lane;
        sum0 = a0.add(a1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum0);
        sum1 = b0.add(b1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum1);
        sum2 = c0.add(c1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum2);
        sum3 = d0.add(d1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum3);
        a0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums0 + group + 1]);
        a1 = FloatVector.zero(FLOATS);
        b0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums1 + group + 1]);
        b1 = FloatVector.zero(FLOATS);
        c0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums2 + group + 1]);
        c1 = FloatVector.zero(FLOATS);
        d0 = FloatVector.broadcast(FLOATS, offset * groupSums[groupSums3 + group + 1]);
        d1 = FloatVector.zero(FLOATS);
      }
    }
    sum0.intoArray(sums, to0);
    sum1.intoArray(sums, to1);
    sum2.intoArray(sums, to2);
    sum3.intoArray(sums, to3);
  }
}

package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Rows times strips of levels that four bits choose from a table, which must be one vector.
final class UnevenStrips {
  private static final int LINES = InterleavedLayout.LINES;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());

  private static final int[] NONE = {};

  /// As bits of floats.
  private static final int[] UNEVEN =
      table(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

  /// Twice the numbers of E2M1.
  private static final int[] TWICE_E2M1 =
      table(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

  private UnevenStrips() {}

  private static int[] table(int... levels) {
    var bits = new int[levels.length];
    for (int i = 0; i < levels.length; i++) {
      bits[i] = Float.floatToIntBits(levels[i]);
    }
    return bits;
  }

  /// The table that the levels of a layout choose from, empty if they are numbers themselves.
  static int[] table(InterleavedLayout layout) {
    return switch (layout) {
      case IQ4_NL, IQ4_XS -> UNEVEN;
      case MXFP4 -> TWICE_E2M1;
      default -> NONE;
    };
  }

  /// One row times two strips.
  static void one(StripPiece piece, int row, int lane) {
    var from = piece.from;
    var levels = IntVector.fromArray(INTS, piece.table, 0);
    long at0 = piece.levels[0] + 4L * lane;
    long at1 = piece.levels[1] + 4L * lane;
    float[] scales0 = piece.scales[0].scales;
    float[] scales1 = piece.scales[1].scales;
    float[] x = piece.x;
    int xAt = piece.xAt + row * piece.depth;
    float[] sums = piece.sums;
    int to0 = StripPiece.sumsAt(row, 0) + lane;
    int to1 = StripPiece.sumsAt(row, 1) + lane;
    var sum0 = FloatVector.fromArray(FLOATS, sums, to0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, to1);
    var p00 = FloatVector.zero(FLOATS);
    var p01 = FloatVector.zero(FLOATS);
    var p10 = FloatVector.zero(FLOATS);
    var p11 = FloatVector.zero(FLOATS);
    int words = piece.groups * 4;
    for (int word = 0; word < words; word++) {
      var w0 = IntVector.fromMemorySegment(INTS, from, at0 + word * 64L, ORDER);
      var w1 = IntVector.fromMemorySegment(INTS, from, at1 + word * 64L, ORDER);
      int k = xAt + word * 8;
      FloatVector x0 = FloatVector.broadcast(FLOATS, x[k]);
      p00 = w0.selectFrom(levels).reinterpretAsFloats().fma(x0, p00);
      p10 = w1.selectFrom(levels).reinterpretAsFloats().fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 1]);
      p01 = w0.lanewise(LSHR, 4).selectFrom(levels).reinterpretAsFloats().fma(x0, p01);
      p11 = w1.lanewise(LSHR, 4).selectFrom(levels).reinterpretAsFloats().fma(x0, p11);
      x0 = FloatVector.broadcast(FLOATS, x[k + 2]);
      p00 = w0.lanewise(LSHR, 8).selectFrom(levels).reinterpretAsFloats().fma(x0, p00);
      p10 = w1.lanewise(LSHR, 8).selectFrom(levels).reinterpretAsFloats().fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 3]);
      p01 = w0.lanewise(LSHR, 12).selectFrom(levels).reinterpretAsFloats().fma(x0, p01);
      p11 = w1.lanewise(LSHR, 12).selectFrom(levels).reinterpretAsFloats().fma(x0, p11);
      x0 = FloatVector.broadcast(FLOATS, x[k + 4]);
      p00 = w0.lanewise(LSHR, 16).selectFrom(levels).reinterpretAsFloats().fma(x0, p00);
      p10 = w1.lanewise(LSHR, 16).selectFrom(levels).reinterpretAsFloats().fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 5]);
      p01 = w0.lanewise(LSHR, 20).selectFrom(levels).reinterpretAsFloats().fma(x0, p01);
      p11 = w1.lanewise(LSHR, 20).selectFrom(levels).reinterpretAsFloats().fma(x0, p11);
      x0 = FloatVector.broadcast(FLOATS, x[k + 6]);
      p00 = w0.lanewise(LSHR, 24).selectFrom(levels).reinterpretAsFloats().fma(x0, p00);
      p10 = w1.lanewise(LSHR, 24).selectFrom(levels).reinterpretAsFloats().fma(x0, p10);
      x0 = FloatVector.broadcast(FLOATS, x[k + 7]);
      p01 = w0.lanewise(LSHR, 28).selectFrom(levels).reinterpretAsFloats().fma(x0, p01);
      p11 = w1.lanewise(LSHR, 28).selectFrom(levels).reinterpretAsFloats().fma(x0, p11);
      if ((word & 3) == 3) {
        int group = word / 4;
        int scale = group * LINES + lane;
        sum0 = p00.add(p01).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum0);
        sum1 = p10.add(p11).fma(FloatVector.fromArray(FLOATS, scales1, scale), sum1);
        p00 = FloatVector.zero(FLOATS);
        p01 = FloatVector.zero(FLOATS);
        p10 = FloatVector.zero(FLOATS);
        p11 = FloatVector.zero(FLOATS);
      }
    }
    sum0.intoArray(sums, to0);
    sum1.intoArray(sums, to1);
  }

  /// Two rows times a strip.
  static void two(StripPiece piece, int row, int strip, int lane) {
    var from = piece.from;
    var levels = IntVector.fromArray(INTS, piece.table, 0);
    long at0 = piece.levels[strip] + 4L * lane;
    float[] scales0 = piece.scales[strip].scales;
    float[] x = piece.x;
    int depth = piece.depth;
    int xAt = piece.xAt + row * piece.depth;
    float[] sums = piece.sums;
    int to0 = StripPiece.sumsAt(row, strip) + lane;
    int to1 = StripPiece.sumsAt(row + 1, strip) + lane;
    var sum0 = FloatVector.fromArray(FLOATS, sums, to0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, to1);
    var a0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.zero(FLOATS);
    var b1 = FloatVector.zero(FLOATS);
    int words = piece.groups * 4;
    for (int word = 0; word < words; word++) {
      var w0 = IntVector.fromMemorySegment(INTS, from, at0 + word * 64L, ORDER);
      int k = xAt + word * 8;
      FloatVector level = w0.selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth]), b0);
      level = w0.lanewise(LSHR, 4).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 1]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 1]), b1);
      level = w0.lanewise(LSHR, 8).selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 2]), b0);
      level = w0.lanewise(LSHR, 12).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 3]), b1);
      level = w0.lanewise(LSHR, 16).selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 4]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 4]), b0);
      level = w0.lanewise(LSHR, 20).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 5]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 5]), b1);
      level = w0.lanewise(LSHR, 24).selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 6]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 6]), b0);
      level = w0.lanewise(LSHR, 28).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 7]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 7]), b1);
      if ((word & 3) == 3) {
        int group = word / 4;
        int scale = group * LINES + lane;
        sum0 = a0.add(a1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum0);
        sum1 = b0.add(b1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum1);
        a0 = FloatVector.zero(FLOATS);
        a1 = FloatVector.zero(FLOATS);
        b0 = FloatVector.zero(FLOATS);
        b1 = FloatVector.zero(FLOATS);
      }
    }
    sum0.intoArray(sums, to0);
    sum1.intoArray(sums, to1);
  }

  /// Four rows times a strip.
  static void four(StripPiece piece, int row, int strip, int lane) {
    var from = piece.from;
    var levels = IntVector.fromArray(INTS, piece.table, 0);
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
    var sum0 = FloatVector.fromArray(FLOATS, sums, to0);
    var sum1 = FloatVector.fromArray(FLOATS, sums, to1);
    var sum2 = FloatVector.fromArray(FLOATS, sums, to2);
    var sum3 = FloatVector.fromArray(FLOATS, sums, to3);
    var a0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.zero(FLOATS);
    var b1 = FloatVector.zero(FLOATS);
    var c0 = FloatVector.zero(FLOATS);
    var c1 = FloatVector.zero(FLOATS);
    var d0 = FloatVector.zero(FLOATS);
    var d1 = FloatVector.zero(FLOATS);
    int words = piece.groups * 4;
    for (int word = 0; word < words; word++) {
      var w0 = IntVector.fromMemorySegment(INTS, from, at0 + word * 64L, ORDER);
      int k = xAt + word * 8;
      FloatVector level = w0.selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth]), d0);
      level = w0.lanewise(LSHR, 4).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 1]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 1]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 1]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 1]), d1);
      level = w0.lanewise(LSHR, 8).selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 2]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 2]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 2]), d0);
      level = w0.lanewise(LSHR, 12).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 3]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 3]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 3]), d1);
      level = w0.lanewise(LSHR, 16).selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 4]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 4]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 4]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 4]), d0);
      level = w0.lanewise(LSHR, 20).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 5]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 5]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 5]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 5]), d1);
      level = w0.lanewise(LSHR, 24).selectFrom(levels).reinterpretAsFloats();
      a0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 6]), a0);
      b0 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 6]), b0);
      c0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 6]), c0);
      d0 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 6]), d0);
      level = w0.lanewise(LSHR, 28).selectFrom(levels).reinterpretAsFloats();
      a1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 7]), a1);
      b1 = level.fma(FloatVector.broadcast(FLOATS, x[k + depth + 7]), b1);
      c1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 2 * depth + 7]), c1);
      d1 = level.fma(FloatVector.broadcast(FLOATS, x[k + 3 * depth + 7]), d1);
      if ((word & 3) == 3) {
        int group = word / 4;
        int scale = group * LINES + lane;
        sum0 = a0.add(a1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum0);
        sum1 = b0.add(b1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum1);
        sum2 = c0.add(c1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum2);
        sum3 = d0.add(d1).fma(FloatVector.fromArray(FLOATS, scales0, scale), sum3);
        a0 = FloatVector.zero(FLOATS);
        a1 = FloatVector.zero(FLOATS);
        b0 = FloatVector.zero(FLOATS);
        b1 = FloatVector.zero(FLOATS);
        c0 = FloatVector.zero(FLOATS);
        c1 = FloatVector.zero(FLOATS);
        d0 = FloatVector.zero(FLOATS);
        d1 = FloatVector.zero(FLOATS);
      }
    }
    sum0.intoArray(sums, to0);
    sum1.intoArray(sums, to1);
    sum2.intoArray(sums, to2);
    sum3.intoArray(sums, to3);
  }
}

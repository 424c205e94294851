package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.matrix.Floats.start;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static dev.fader.kernel.vector.Lanes.load;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin. Sums are taken by lanes in blocks, and the blocks' sums in double: a
/// vocabulary is too long for float32 alone.
record VectorSoftmax(VectorElementwise elementwise) implements Predictions.Loops {
  private static final int LANES = FLOATS.length();
  private static final int BLOCK = 4096;

  @Override
  public double logSumExp(Matrix x, int row, float scale) {
    float max = max(x, row);
    double sum = exponentials(x, row, max, scale != 0);
    if (scale != 0) {
      elementwise.scale(x, (float) (scale / sum), row);
    }
    return max + Math.log(sum);
  }

  /// What is no number is passed over; the exponentials show it.
  private static float max(Matrix x, int row) {
    var in = x.tensor().segment();
    long inStart = start(x, row);
    int columns = x.columns();
    var even = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    var odd = FloatVector.broadcast(FLOATS, -Float.MAX_VALUE);
    int c = 0;
    for (; c + 2 * LANES <= columns; c += 2 * LANES) {
      var first = load(in, inStart, c);
      var second = load(in, inStart, c + LANES);
      even = even.blend(first, first.compare(VectorOperators.GT, even));
      odd = odd.blend(second, second.compare(VectorOperators.GT, odd));
    }
    float max = even.max(odd).reduceLanes(VectorOperators.MAX);
    for (; c < columns; c++) {
      max = Math.max(max, get(in, inStart, c));
    }
    return max;
  }

  /// The sum of `exp(x - max)`, by which x is replaced if asked for. exp is written out, as
  /// [VectorMath] says.
  private static double exponentials(Matrix x, int row, float max, boolean replace) {
    var segment = x.tensor().segment();
    long start = start(x, row);
    int columns = x.columns();
    int bound = FLOATS.loopBound(columns);
    double sum = 0;
    int c = 0;
    while (c < bound) {
      var sums = FloatVector.zero(FLOATS);
      for (int end = Math.min(bound, c + BLOCK); c < end; c += LANES) {
        long at = start + ((long) c << 2);
        var below = FloatVector.fromMemorySegment(FLOATS, segment, at, ORDER).sub(max);
        var shifted = below.fma(VectorMath.LOG2_E, VectorMath.ROUND);
        var n = shifted.sub(VectorMath.ROUND);
        var r = n.fma(VectorMath.MINUS_LN2_LOW, n.fma(VectorMath.MINUS_LN2_HIGH, below));
        var p = r.fma(VectorMath.EXP_5, VectorMath.EXP_4);
        p = p.fma(r, VectorMath.EXP_3);
        p = p.fma(r, VectorMath.EXP_2);
        p = p.fma(r, VectorMath.EXP_1);
        p = p.fma(r, VectorMath.EXP_0);
        p = p.fma(r.mul(r), r).add(1);
        var power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        var e = p.reinterpretAsInts().add(power).reinterpretAsFloats();
        e = e.blend(0, below.compare(VectorOperators.LT, LOWEST));
        sums = sums.add(e);
        if (replace) {
          e.intoMemorySegment(segment, at, ORDER);
        }
      }
      sum += VectorMath.sum(sums);
    }
    for (; c < columns; c++) {
      float e = ScalarSoftmax.exp(get(segment, start, c) - max);
      sum += e;
      if (replace) {
        set(segment, start, c, e);
      }
    }
    return sum;
  }
}

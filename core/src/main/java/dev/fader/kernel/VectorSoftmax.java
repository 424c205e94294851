package dev.fader.kernel;

import static dev.fader.kernel.Floats.get;
import static dev.fader.kernel.Floats.set;
import static dev.fader.kernel.Floats.start;
import static dev.fader.kernel.Lanes.FLOATS;
import static dev.fader.kernel.Lanes.load;
import static dev.fader.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin. Sums are taken by lanes in blocks, and the blocks' sums in double: a
/// vocabulary is too long for float32 alone.
record VectorSoftmax() implements SoftmaxLoops {
  private static final int LANES = FLOATS.length();
  private static final int BLOCK = 4096;

  /// What is no number is passed over; the exponentials show it.
  @Override
  public float max(Matrix x, int row) {
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

  @Override
  public double sumOfExponentials(Matrix x, int row, float max) {
    var in = x.tensor().segment();
    long inStart = start(x, row);
    int columns = x.columns();
    int bound = FLOATS.loopBound(columns);
    double sum = 0;
    int c = 0;
    while (c < bound) {
      var sums = FloatVector.zero(FLOATS);
      for (int end = Math.min(bound, c + BLOCK); c < end; c += LANES) {
        sums = sums.add(VectorMath.exp(load(in, inStart, c).sub(max)));
      }
      sum += VectorMath.sum(sums);
    }
    for (; c < columns; c++) {
      sum += ScalarMath.exp(get(in, inStart, c) - max);
    }
    return sum;
  }

  @Override
  public double exponentials(Matrix x, int row, float max, float factor) {
    var out = x.tensor().segment();
    long outStart = start(x, row);
    int columns = x.columns();
    int bound = FLOATS.loopBound(columns);
    double sum = 0;
    int c = 0;
    while (c < bound) {
      var sums = FloatVector.zero(FLOATS);
      for (int end = Math.min(bound, c + BLOCK); c < end; c += LANES) {
        var e = VectorMath.exp(load(out, outStart, c).sub(max).mul(factor));
        e = e.blend(0, e.compare(VectorOperators.LT, TINY));
        store(e, out, outStart, c);
        sums = sums.add(e);
      }
      sum += VectorMath.sum(sums);
    }
    for (; c < columns; c++) {
      float e = ScalarMath.exp((get(out, outStart, c) - max) * factor);
      e = e < TINY ? 0 : e;
      set(out, outStart, c, e);
      sum += e;
    }
    return sum;
  }
}

package dev.fader.kernel;

import static dev.fader.kernel.Floats.start;
import static dev.fader.kernel.Lanes.FLOATS;
import static dev.fader.kernel.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin of ReLU squared.
record VectorReluSquared(ScalarActivation scalar) implements ActivationLoops {

  @Override
  public void apply(Matrix x, Results results, int row) {
    boolean wantsValue = results.value().isPresent();
    boolean wantsSlope = results.slope().isPresent();
    var value = results.value().orElse(x);
    var slope = results.slope().orElse(x);
    var in = x.tensor().segment();
    var values = value.tensor().segment();
    var slopes = slope.tensor().segment();
    long inStart = start(x, row);
    long valueStart = start(value, row);
    long slopeStart = start(slope, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += FLOATS.length()) {
      long at = (long) c << 2;
      var v = FloatVector.fromMemorySegment(FLOATS, in, inStart + at, ORDER);
      // What is no number is not below 0 and stays what it is.
      var positive = v.blend(0, v.compare(VectorOperators.LE, 0));
      if (wantsValue) {
        positive.mul(positive).intoMemorySegment(values, valueStart + at, ORDER);
      }
      if (wantsSlope) {
        positive.add(positive).intoMemorySegment(slopes, slopeStart + at, ORDER);
      }
    }
    scalar.apply(x, results, row, c);
  }
}

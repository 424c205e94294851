package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.start;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;

import dev.fader.kernel.matrix.Matrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin of ReLU and of its square.
record VectorRelu(ScalarActivation scalar, boolean squared) implements Activations.Loops {

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
    var ones = FloatVector.broadcast(FLOATS, 1);
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += FLOATS.length()) {
      long at = (long) c << 2;
      var v = FloatVector.fromMemorySegment(FLOATS, in, inStart + at, ORDER);
      // What is no number is not below 0 and stays what it is.
      var negative = v.compare(VectorOperators.LE, 0);
      var positive = v.blend(0, negative);
      if (wantsValue) {
        var result = squared ? positive.mul(positive) : positive;
        result.intoMemorySegment(values, valueStart + at, ORDER);
      }
      if (wantsSlope) {
        var result = squared ? positive.add(positive) : ones.blend(0, negative);
        result.intoMemorySegment(slopes, slopeStart + at, ORDER);
      }
    }
    scalar.apply(x, results, row, c);
  }
}

package dev.fader.kernel;

import static dev.fader.kernel.Floats.get;
import static dev.fader.kernel.Floats.set;
import static dev.fader.kernel.Floats.start;
import static dev.fader.kernel.Lanes.FLOATS;
import static dev.fader.kernel.Lanes.load;
import static dev.fader.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin of ReLU squared.
record VectorReluSquared(ScalarActivation scalar) implements ActivationLoops {
  private static final int LANES = FLOATS.length();

  @Override
  public void value(Matrix x, Matrix y, int row) {
    var in = x.tensor().segment();
    var out = y.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(y, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var positive = positive(load(in, inStart, c));
      store(positive.mul(positive), out, outStart, c);
    }
    for (; c < columns; c++) {
      set(out, outStart, c, scalar.value(get(in, inStart, c)));
    }
  }

  @Override
  public void slope(Matrix x, Matrix value, Matrix slope, int row) {
    var in = x.tensor().segment();
    var values = value.tensor().segment();
    var slopes = slope.tensor().segment();
    long inStart = start(x, row);
    long valueStart = start(value, row);
    long slopeStart = start(slope, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var positive = positive(load(in, inStart, c));
      store(positive.mul(positive), values, valueStart, c);
      store(positive.add(positive), slopes, slopeStart, c);
    }
    for (; c < columns; c++) {
      float at = get(in, inStart, c);
      set(values, valueStart, c, scalar.value(at));
      set(slopes, slopeStart, c, scalar.slope(at));
    }
  }

  /// What is no number stays so.
  private static FloatVector positive(FloatVector x) {
    return x.blend(0, x.compare(VectorOperators.LE, 0));
  }
}

package dev.fader.kernel;

import static dev.fader.kernel.Floats.get;
import static dev.fader.kernel.Floats.set;
import static dev.fader.kernel.Floats.start;
import static dev.fader.kernel.Lanes.FLOATS;
import static dev.fader.kernel.Lanes.ORDER;
import static dev.fader.kernel.Lanes.load;
import static dev.fader.kernel.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin of the activations `x * logistic(linear * x + cubic * x^3)`: SILU and the
/// tanh form of GELU.
record VectorLogisticGate(ScalarActivation scalar, float linear, float cubic)
    implements ActivationLoops {
  private static final int LANES = FLOATS.length();

  @Override
  public void value(Matrix x, Matrix y, int row) {
    var in = x.tensor().segment();
    var out = y.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(y, row);
    var linears = FloatVector.broadcast(FLOATS, linear);
    var cubics = FloatVector.broadcast(FLOATS, cubic);
    var one = FloatVector.broadcast(FLOATS, 1);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var at = load(in, inStart, c);
      var argument = at.mul(at.mul(at).fma(cubics, linears));
      var e = VectorMath.exp(argument.abs().neg());
      var s = one.div(e.add(one));
      var logistic = s.blend(e.mul(s), argument.compare(VectorOperators.LT, 0));
      store(at.mul(logistic), out, outStart, c);
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
    var linears = FloatVector.broadcast(FLOATS, linear);
    var cubics = FloatVector.broadcast(FLOATS, cubic);
    var threeCubics = FloatVector.broadcast(FLOATS, 3 * cubic);
    var one = FloatVector.broadcast(FLOATS, 1);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var at = load(in, inStart, c);
      var square = at.mul(at);
      var argument = at.mul(square.fma(cubics, linears));
      var e = VectorMath.exp(argument.abs().neg());
      var s = one.div(e.add(one));
      var logistic = s.blend(e.mul(s), argument.compare(VectorOperators.LT, 0));
      var argumentSlope = square.fma(threeCubics, linears);
      var product = logistic.mul(one.sub(logistic)).mul(at);
      // Not by way of methods of ours: this loop is at the end of the compiler's budget for them.
      long to = (long) c << 2;
      at.mul(logistic).intoMemorySegment(values, valueStart + to, ORDER);
      product.fma(argumentSlope, logistic).intoMemorySegment(slopes, slopeStart + to, ORDER);
    }
    for (; c < columns; c++) {
      float at = get(in, inStart, c);
      set(values, valueStart, c, scalar.value(at));
      set(slopes, slopeStart, c, scalar.slope(at));
    }
  }
}

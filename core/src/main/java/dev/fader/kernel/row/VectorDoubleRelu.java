package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.start;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.load;
import static dev.fader.kernel.vector.Lanes.store;

import dev.fader.kernel.matrix.Matrix;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin.
record VectorDoubleRelu() implements DoubleRelu {
  @Override
  public void apply(Matrix gate, Matrix up, Matrix y, int row) {
    var gates = gate.tensor().segment();
    var ups = up.tensor().segment();
    var out = y.tensor().segment();
    long gateStart = start(gate, row);
    long upStart = start(up, row);
    long outStart = start(y, row);
    int columns = y.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += FLOATS.length()) {
      var g = load(gates, gateStart, c);
      var u = load(ups, upStart, c);
      // What is no number is not below 0 and stays what it is.
      var zero = g.compare(VectorOperators.LE, 0).or(u.compare(VectorOperators.LE, 0));
      store(g.mul(u).blend(0, zero), out, outStart, c);
    }
    ScalarDoubleRelu.apply(gate, up, y, row, c);
  }

  @Override
  public void slope(Matrix gate, Matrix up, Activations.Gradient gradient, int row) {
    var gates = gate.tensor().segment();
    var ups = up.tensor().segment();
    var dy = gradient.output().tensor().segment();
    var dx = gradient.input().tensor().segment();
    long gateStart = start(gate, row);
    long upStart = start(up, row);
    long dyStart = start(gradient.output(), row);
    long dxStart = start(gradient.input(), row);
    int columns = gate.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += FLOATS.length()) {
      var g = load(gates, gateStart, c);
      var u = load(ups, upStart, c);
      var zero = g.compare(VectorOperators.LE, 0).or(u.compare(VectorOperators.LE, 0));
      var slope = load(dy, dyStart, c);
      store(slope.mul(u).blend(0, zero), dx, dxStart, c);
      store(slope.mul(g).blend(0, zero), dx, dxStart, columns + c);
    }
    ScalarDoubleRelu.slope(gate, up, gradient, row, c);
  }
}

package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.matrix.Floats.start;

import dev.fader.kernel.matrix.Matrix;

/// The reference.
record ScalarDoubleRelu() implements DoubleRelu {
  @Override
  public void apply(Matrix gate, Matrix up, Matrix y, int row) {
    apply(gate, up, y, row, 0);
  }

  /// From column `first` on: what vectors leave over.
  static void apply(Matrix gate, Matrix up, Matrix y, int row, int first) {
    var gates = gate.tensor().segment();
    var ups = up.tensor().segment();
    var out = y.tensor().segment();
    long gateStart = start(gate, row);
    long upStart = start(up, row);
    long outStart = start(y, row);
    int columns = y.columns();
    for (int c = first; c < columns; c++) {
      float g = get(gates, gateStart, c);
      float u = get(ups, upStart, c);
      set(out, outStart, c, g <= 0 || u <= 0 ? 0 : g * u);
    }
  }

  @Override
  public void slope(Matrix gate, Matrix up, Activations.Gradient gradient, int row) {
    slope(gate, up, gradient, row, 0);
  }

  /// From column `first` on: what vectors leave over.
  static void slope(Matrix gate, Matrix up, Activations.Gradient gradient, int row, int first) {
    var gates = gate.tensor().segment();
    var ups = up.tensor().segment();
    var dy = gradient.output().tensor().segment();
    var dx = gradient.input().tensor().segment();
    long gateStart = start(gate, row);
    long upStart = start(up, row);
    long dyStart = start(gradient.output(), row);
    long dxStart = start(gradient.input(), row);
    int columns = gate.columns();
    for (int c = first; c < columns; c++) {
      float g = get(gates, gateStart, c);
      float u = get(ups, upStart, c);
      boolean zero = g <= 0 || u <= 0;
      float slope = get(dy, dyStart, c);
      set(dx, dxStart, c, zero ? 0 : slope * u);
      set(dx, dxStart, columns + c, zero ? 0 : slope * g);
    }
  }
}

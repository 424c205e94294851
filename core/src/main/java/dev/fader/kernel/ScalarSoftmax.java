package dev.fader.kernel;

import static dev.fader.kernel.Floats.get;
import static dev.fader.kernel.Floats.set;
import static dev.fader.kernel.Floats.start;

/// The reference. Sums are taken in double.
record ScalarSoftmax() implements SoftmaxLoops {
  @Override
  public float max(Matrix x, int row) {
    var in = x.tensor().segment();
    long inStart = start(x, row);
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0, columns = x.columns(); c < columns; c++) {
      max = Math.max(max, get(in, inStart, c));
    }
    return max;
  }

  @Override
  public double sumOfExponentials(Matrix x, int row, float max) {
    var in = x.tensor().segment();
    long inStart = start(x, row);
    double sum = 0;
    for (int c = 0, columns = x.columns(); c < columns; c++) {
      sum += ScalarMath.exp(get(in, inStart, c) - max);
    }
    return sum;
  }

  @Override
  public double exponentials(Matrix x, int row, float max, float factor) {
    var out = x.tensor().segment();
    long outStart = start(x, row);
    double sum = 0;
    for (int c = 0, columns = x.columns(); c < columns; c++) {
      float e = ScalarMath.exp((get(out, outStart, c) - max) * factor);
      e = e < TINY ? 0 : e;
      set(out, outStart, c, e);
      sum += e;
    }
    return sum;
  }
}

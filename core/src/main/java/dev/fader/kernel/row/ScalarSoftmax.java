package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.matrix.Floats.start;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.ScalarMath;

/// The reference. Sums are taken in double.
record ScalarSoftmax() implements Predictions.Loops {
  @Override
  public double logSumExp(Matrix x, int row, float scale) {
    float max = max(x, row);
    var out = x.tensor().segment();
    long outStart = start(x, row);
    double sum = 0;
    for (int c = 0, columns = x.columns(); c < columns; c++) {
      float e = exp(get(out, outStart, c) - max);
      sum += e;
      if (scale != 0) {
        set(out, outStart, c, e);
      }
    }
    if (scale != 0) {
      float factor = (float) (scale / sum);
      for (int c = 0, columns = x.columns(); c < columns; c++) {
        set(out, outStart, c, get(out, outStart, c) * factor);
      }
    }
    return max + Math.log(sum);
  }

  /// Without the tiny ones.
  static float exp(float x) {
    return x < LOWEST ? 0 : ScalarMath.exp(x);
  }

  private static float max(Matrix x, int row) {
    var in = x.tensor().segment();
    long inStart = start(x, row);
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0, columns = x.columns(); c < columns; c++) {
      max = Math.max(max, get(in, inStart, c));
    }
    return max;
  }
}

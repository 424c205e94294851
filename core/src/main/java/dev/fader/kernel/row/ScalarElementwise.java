package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.matrix.Floats.start;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.ScalarMath;
import dev.fader.tensor.Tensor;

/// The reference. What vectors leave of a row goes through the same loops, from column `from` on.
record ScalarElementwise() implements Elementwise.Loops {
  @Override
  public void add(Matrix a, Matrix b, Matrix sum, int row) {
    add(a, b, sum, row, 0);
  }

  static void add(Matrix a, Matrix b, Matrix sum, int row, int from) {
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    var out = sum.tensor().segment();
    long leftStart = start(a, row);
    long rightStart = start(b, row);
    long outStart = start(sum, row);
    for (int c = from, columns = sum.columns(); c < columns; c++) {
      set(out, outStart, c, get(left, leftStart, c) + get(right, rightStart, c));
    }
  }

  @Override
  public void multiply(Matrix factor, Matrix product, int row) {
    multiply(factor, product, row, 0);
  }

  static void multiply(Matrix factor, Matrix product, int row, int from) {
    var in = factor.tensor().segment();
    var out = product.tensor().segment();
    long inStart = start(factor, row);
    long outStart = start(product, row);
    for (int c = from, columns = product.columns(); c < columns; c++) {
      set(out, outStart, c, get(out, outStart, c) * get(in, inStart, c));
    }
  }

  @Override
  public void multiplyGated(Matrix up, Activations.Gradient gradient, int row) {
    multiplyGated(up, gradient, row, 0);
  }

  static void multiplyGated(Matrix up, Activations.Gradient gradient, int row, int from) {
    var ups = up.tensor().segment();
    var dy = gradient.output().tensor().segment();
    var dx = gradient.input().tensor().segment();
    long upStart = start(up, row);
    long dyStart = start(gradient.output(), row);
    long gateStart = start(gradient.input(), row);
    int width = up.columns();
    for (int c = from; c < width; c++) {
      float g = get(dy, dyStart, c);
      set(dx, gateStart, c, get(dx, gateStart, c) * (g * get(ups, upStart, c)));
      set(dx, gateStart, width + c, get(dx, gateStart, width + c) * g);
    }
  }

  @Override
  public void accumulate(Matrix x, int row, Matrix into, int intoRow) {
    accumulate(x, row, into, intoRow, 0);
  }

  static void accumulate(Matrix x, int row, Matrix into, int intoRow, int from) {
    var in = x.tensor().segment();
    var out = into.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(into, intoRow);
    for (int c = from, columns = x.columns(); c < columns; c++) {
      set(out, outStart, c, get(out, outStart, c) + get(in, inStart, c));
    }
  }

  @Override
  public void accumulate(Matrix x, int row, float factor, Matrix into, int intoRow) {
    accumulate(x, row, factor, into, intoRow, 0);
  }

  static void accumulate(Matrix x, int row, float factor, Matrix into, int intoRow, int from) {
    var in = x.tensor().segment();
    var out = into.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(into, intoRow);
    for (int c = from, columns = x.columns(); c < columns; c++) {
      set(out, outStart, c, Math.fma(factor, get(in, inStart, c), get(out, outStart, c)));
    }
  }

  @Override
  public float dot(Matrix a, Matrix b, int row) {
    return (float) dot(a, b, row, 0);
  }

  static double dot(Matrix a, Matrix b, int row, int from) {
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    long leftStart = start(a, row);
    long rightStart = start(b, row);
    double sum = 0;
    for (int c = from, columns = a.columns(); c < columns; c++) {
      sum += (double) get(left, leftStart, c) * get(right, rightStart, c);
    }
    return sum;
  }

  @Override
  public void accumulate(Matrix x, int row, float[] sums) {
    accumulate(x, row, sums, 0);
  }

  static void accumulate(Matrix x, int row, float[] sums, int from) {
    var in = x.tensor().segment();
    long inStart = start(x, row);
    for (int c = from, columns = x.columns(); c < columns; c++) {
      sums[c] += get(in, inStart, c);
    }
  }

  @Override
  public void accumulateProducts(Matrix a, Matrix b, int row, float[] sums) {
    accumulateProducts(a, b, row, sums, 0);
  }

  static void accumulateProducts(Matrix a, Matrix b, int row, float[] sums, int from) {
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    long leftStart = start(a, row);
    long rightStart = start(b, row);
    for (int c = from, columns = a.columns(); c < columns; c++) {
      sums[c] = Math.fma(get(left, leftStart, c), get(right, rightStart, c), sums[c]);
    }
  }

  @Override
  public void multiplyRow(Matrix x, Tensor factors, int row) {
    multiplyRow(x, factors, row, 0);
  }

  static void multiplyRow(Matrix x, Tensor factors, int row, int from) {
    var in = factors.segment();
    var out = x.tensor().segment();
    long outStart = start(x, row);
    for (int c = from, columns = x.columns(); c < columns; c++) {
      set(out, outStart, c, get(out, outStart, c) * get(in, 0, c));
    }
  }

  @Override
  public void addRow(Matrix x, Tensor bias, int row) {
    addRow(x, bias, row, 0);
  }

  static void addRow(Matrix x, Tensor bias, int row, int from) {
    var in = bias.segment();
    var out = x.tensor().segment();
    long outStart = start(x, row);
    for (int c = from, columns = x.columns(); c < columns; c++) {
      set(out, outStart, c, get(out, outStart, c) + get(in, 0, c));
    }
  }

  @Override
  public void addSigns(Matrix x, float factor, Matrix sum, int row) {
    addSigns(x, factor, sum, row, 0);
  }

  static void addSigns(Matrix x, float factor, Matrix sum, int row, int from) {
    var in = x.tensor().segment();
    var out = sum.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(sum, row);
    for (int c = from, columns = x.columns(); c < columns; c++) {
      float value = get(in, inStart, c);
      float slope = value > 0 ? factor : value < 0 ? -factor : 0;
      set(out, outStart, c, get(out, outStart, c) + slope);
    }
  }

  @Override
  public void scale(Matrix x, float factor, int row) {
    scale(x, factor, row, 0);
  }

  static void scale(Matrix x, float factor, int row, int from) {
    var out = x.tensor().segment();
    long outStart = start(x, row);
    for (int c = from, columns = x.columns(); c < columns; c++) {
      set(out, outStart, c, get(out, outStart, c) * factor);
    }
  }

  @Override
  public void softCap(Matrix x, float cap, int row) {
    softCap(x, cap, row, 0);
  }

  static void softCap(Matrix x, float cap, int row, int from) {
    var out = x.tensor().segment();
    long outStart = start(x, row);
    float inverse = 1 / cap;
    for (int c = from, columns = x.columns(); c < columns; c++) {
      set(out, outStart, c, cap * ScalarMath.tanh(get(out, outStart, c) * inverse));
    }
  }

  @Override
  public void softCapBackward(Matrix y, float cap, Matrix gradient, int row) {
    softCapBackward(y, cap, gradient, row, 0);
  }

  static void softCapBackward(Matrix y, float cap, Matrix gradient, int row, int from) {
    var in = y.tensor().segment();
    var out = gradient.tensor().segment();
    long inStart = start(y, row);
    long outStart = start(gradient, row);
    float inverse = 1 / cap;
    for (int c = from, columns = y.columns(); c < columns; c++) {
      float tanh = get(in, inStart, c) * inverse;
      set(out, outStart, c, get(out, outStart, c) * Math.fma(-tanh, tanh, 1));
    }
  }

  @Override
  public void dropout(Dropout dropout, Matrix x, Matrix y, int row) {
    dropout(dropout, x, y, row, 0);
  }

  static void dropout(Dropout dropout, Matrix x, Matrix y, int row, int from) {
    var in = x.tensor().segment();
    var out = y.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(y, row);
    long key = dropout.rowKey(row);
    int threshold = dropout.threshold();
    float scale = dropout.keepScale();
    for (int c = from, columns = x.columns(); c < columns; c++) {
      boolean kept = Dropout.draw(key, c) >= threshold;
      set(out, outStart, c, kept ? get(in, inStart, c) * scale : 0);
    }
  }

  @Override
  public void rotate(Rotation rotation, Matrix x, int row, int position) {
    for (int head = 0, columns = x.columns(); head < columns; head += rotation.headSize()) {
      rotate(rotation, x, row, position, head, 0);
    }
  }

  /// Rotates the pairs from `firstPair` on of the head whose first column is `head`: what vectors
  /// leave over.
  static void rotate(Rotation rotation, Matrix x, int row, int position, int head, int firstPair) {
    var angles = rotation.table().segment();
    var out = x.tensor().segment();
    int half = rotation.rotated() / 2;
    long cosines = ((long) position * rotation.rotated()) << 2;
    long sines = cosines + ((long) half << 2);
    float direction = rotation.inverse() ? -1 : 1;
    int step = rotation.interleaved() ? 2 : 1;
    int apart = rotation.interleaved() ? 1 : half;
    long start = start(x, row) + ((long) head << 2);
    for (int i = firstPair; i < half; i++) {
      float cos = get(angles, cosines, i);
      float sin = get(angles, sines, i) * direction;
      float a = get(out, start, i * step);
      float b = get(out, start, i * step + apart);
      set(out, start, i * step, Math.fma(a, cos, -(b * sin)));
      set(out, start, i * step + apart, Math.fma(b, cos, a * sin));
    }
  }
}

package dev.fader.kernel.product;

import static dev.fader.kernel.vector.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;

/// Sums of four lines of weights times a few rows, over a piece of the depth. All are decoded and
/// in arrays: a load of four weights serves every row, one of an input every line.
///
/// There is one chain of fused multiply-adds for each lane of a line and row, in the order of the
/// depth, whatever the number of rows. Between two pieces the chains rest in `sums`: those of the
/// four lines for the first row, then for the next.
final class FewTile {
  /// Lines that are multiplied at a time.
  static final int LINES = 4;

  private static final int LANES = FLOATS.length();

  /// Four rows take 24 registers; where vectors are 256 bits wide there may be only 16.
  private static final boolean FOUR_ROWS = LANES != 8;

  private FewTile() {}

  /// Goes on with the sums of `rows` rows.
  ///
  /// @param w four lines, `wStride` apart
  /// @param x rows from `xAt` on, `xStride` apart
  /// @param count a multiple of the lanes of a vector
  static void multiply(
      float[] w, int wStride, float[] x, int xAt, int xStride, int rows, int count, float[] sums) {
    int row = 0;
    if (FOUR_ROWS) {
      for (; row + 4 <= rows; row += 4) {
        four(w, wStride, x, xAt + row * xStride, xStride, count, sums, row * LINES * LANES);
      }
    }
    for (; row + 2 <= rows; row += 2) {
      two(w, wStride, x, xAt + row * xStride, xStride, count, sums, row * LINES * LANES);
    }
    if (row < rows) {
      one(w, wStride, x, xAt + row * xStride, count, sums, row * LINES * LANES);
    }
  }

  private static void one(
      float[] w, int wStride, float[] x, int xAt, int count, float[] sums, int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    for (int k = 0; k < count; k += LANES) {
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      a0 = FloatVector.fromArray(FLOATS, w, k).fma(x0, a0);
      a1 = FloatVector.fromArray(FLOATS, w, wStride + k).fma(x0, a1);
      a2 = FloatVector.fromArray(FLOATS, w, 2 * wStride + k).fma(x0, a2);
      a3 = FloatVector.fromArray(FLOATS, w, 3 * wStride + k).fma(x0, a3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
  }

  private static void two(
      float[] w, int wStride, float[] x, int xAt, int xStride, int count, float[] sums, int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    var b0 = FloatVector.fromArray(FLOATS, sums, at + 4 * LANES);
    var b1 = FloatVector.fromArray(FLOATS, sums, at + 5 * LANES);
    var b2 = FloatVector.fromArray(FLOATS, sums, at + 6 * LANES);
    var b3 = FloatVector.fromArray(FLOATS, sums, at + 7 * LANES);
    for (int k = 0; k < count; k += LANES) {
      var w0 = FloatVector.fromArray(FLOATS, w, k);
      var w1 = FloatVector.fromArray(FLOATS, w, wStride + k);
      var w2 = FloatVector.fromArray(FLOATS, w, 2 * wStride + k);
      var w3 = FloatVector.fromArray(FLOATS, w, 3 * wStride + k);
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      a0 = w0.fma(x0, a0);
      a1 = w1.fma(x0, a1);
      a2 = w2.fma(x0, a2);
      a3 = w3.fma(x0, a3);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k);
      b0 = w0.fma(x1, b0);
      b1 = w1.fma(x1, b1);
      b2 = w2.fma(x1, b2);
      b3 = w3.fma(x1, b3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
    b0.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    b2.intoArray(sums, at + 6 * LANES);
    b3.intoArray(sums, at + 7 * LANES);
  }

  private static void four(
      float[] w, int wStride, float[] x, int xAt, int xStride, int count, float[] sums, int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    var b0 = FloatVector.fromArray(FLOATS, sums, at + 4 * LANES);
    var b1 = FloatVector.fromArray(FLOATS, sums, at + 5 * LANES);
    var b2 = FloatVector.fromArray(FLOATS, sums, at + 6 * LANES);
    var b3 = FloatVector.fromArray(FLOATS, sums, at + 7 * LANES);
    var c0 = FloatVector.fromArray(FLOATS, sums, at + 8 * LANES);
    var c1 = FloatVector.fromArray(FLOATS, sums, at + 9 * LANES);
    var c2 = FloatVector.fromArray(FLOATS, sums, at + 10 * LANES);
    var c3 = FloatVector.fromArray(FLOATS, sums, at + 11 * LANES);
    var d0 = FloatVector.fromArray(FLOATS, sums, at + 12 * LANES);
    var d1 = FloatVector.fromArray(FLOATS, sums, at + 13 * LANES);
    var d2 = FloatVector.fromArray(FLOATS, sums, at + 14 * LANES);
    var d3 = FloatVector.fromArray(FLOATS, sums, at + 15 * LANES);
    for (int k = 0; k < count; k += LANES) {
      var w0 = FloatVector.fromArray(FLOATS, w, k);
      var w1 = FloatVector.fromArray(FLOATS, w, wStride + k);
      var w2 = FloatVector.fromArray(FLOATS, w, 2 * wStride + k);
      var w3 = FloatVector.fromArray(FLOATS, w, 3 * wStride + k);
      var x0 = FloatVector.fromArray(FLOATS, x, xAt + k);
      a0 = w0.fma(x0, a0);
      a1 = w1.fma(x0, a1);
      a2 = w2.fma(x0, a2);
      a3 = w3.fma(x0, a3);
      var x1 = FloatVector.fromArray(FLOATS, x, xAt + xStride + k);
      b0 = w0.fma(x1, b0);
      b1 = w1.fma(x1, b1);
      b2 = w2.fma(x1, b2);
      b3 = w3.fma(x1, b3);
      var x2 = FloatVector.fromArray(FLOATS, x, xAt + 2 * xStride + k);
      c0 = w0.fma(x2, c0);
      c1 = w1.fma(x2, c1);
      c2 = w2.fma(x2, c2);
      c3 = w3.fma(x2, c3);
      var x3 = FloatVector.fromArray(FLOATS, x, xAt + 3 * xStride + k);
      d0 = w0.fma(x3, d0);
      d1 = w1.fma(x3, d1);
      d2 = w2.fma(x3, d2);
      d3 = w3.fma(x3, d3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
    b0.intoArray(sums, at + 4 * LANES);
    b1.intoArray(sums, at + 5 * LANES);
    b2.intoArray(sums, at + 6 * LANES);
    b3.intoArray(sums, at + 7 * LANES);
    c0.intoArray(sums, at + 8 * LANES);
    c1.intoArray(sums, at + 9 * LANES);
    c2.intoArray(sums, at + 10 * LANES);
    c3.intoArray(sums, at + 11 * LANES);
    d0.intoArray(sums, at + 12 * LANES);
    d1.intoArray(sums, at + 13 * LANES);
    d2.intoArray(sums, at + 14 * LANES);
    d3.intoArray(sums, at + 15 * LANES);
  }
}

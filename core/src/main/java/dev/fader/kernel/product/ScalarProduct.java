package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;

/// The reference for [MatrixProduct]: every element of the result is summed in order.
final class ScalarProduct {
  private static final int ROWS_PER_CHUNK = 16;

  /// Rows of b that are decoded together.
  private static final int DEPTH = 16;

  private ScalarProduct() {}

  static void multiply(Workers workers, Product product) {
    var b = product.b();
    if (b.tensor().type().isQuantized() && b.columnStride() != 1) {
      // Blocks are decoded along their rows.
      multiply(
          workers,
          new Product(
              b.transposed(), product.a().transposed(), product.c().transposed(), product.add()));
      return;
    }
    int chunks = Math.ceilDiv(product.rows(), ROWS_PER_CHUNK);
    workers.forEach(
        chunks,
        (chunk, worker) -> multiplyRows(product.ofRows(chunk * ROWS_PER_CHUNK, ROWS_PER_CHUNK)));
  }

  private static void multiplyRows(Product product) {
    var a = product.a();
    var b = product.b();
    var c = product.c();
    var sums = new float[c.rows()][c.columns()];
    var factors = new float[c.rows()][b.rows()];
    for (int i = 0; i < factors.length; i++) {
      a.read(i, factors[i]);
    }
    var rows = new float[Math.min(DEPTH, b.rows())][c.columns()];
    for (int start = 0; start < b.rows(); start += DEPTH) {
      int count = Math.min(DEPTH, b.rows() - start);
      read(b.rows(start, count), rows);
      for (int i = 0; i < sums.length; i++) {
        addMultiples(factors[i], start, rows, count, sums[i]);
      }
    }
    for (int i = 0; i < sums.length; i++) {
      for (int j = 0; j < c.columns(); j++) {
        c.set(i, j, product.add() ? c.get(i, j) + sums[i][j] : sums[i][j]);
      }
    }
  }

  /// In the direction in which the numbers lie side by side.
  private static void read(Matrix b, float[][] rows) {
    if (b.columnStride() == 1) {
      for (int k = 0; k < b.rows(); k++) {
        b.read(k, rows[k]);
      }
      return;
    }
    var columns = b.transposed();
    var column = new float[b.rows()];
    for (int j = 0; j < b.columns(); j++) {
      columns.read(j, column);
      for (int k = 0; k < column.length; k++) {
        rows[k][j] = column[k];
      }
    }
  }

  /// Four at a time are added in the same order, and loaded and stored once.
  private static void addMultiples(
      float[] factors, int start, float[][] rows, int count, float[] sum) {
    int k = 0;
    for (; k + 3 < count; k += 4) {
      float a = factors[start + k];
      float b = factors[start + k + 1];
      float c = factors[start + k + 2];
      float d = factors[start + k + 3];
      float[] p = rows[k];
      float[] q = rows[k + 1];
      float[] r = rows[k + 2];
      float[] s = rows[k + 3];
      for (int j = 0; j < sum.length; j++) {
        sum[j] = sum[j] + a * p[j] + b * q[j] + c * r[j] + d * s[j];
      }
    }
    for (; k < count; k++) {
      float factor = factors[start + k];
      float[] row = rows[k];
      for (int j = 0; j < sum.length; j++) {
        sum[j] += factor * row[j];
      }
    }
  }
}

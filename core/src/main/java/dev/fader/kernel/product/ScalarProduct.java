package dev.fader.kernel.product;

import dev.fader.kernel.parallel.Workers;

/// The reference for [MatrixProduct]: every element of the result is summed in order.
final class ScalarProduct {
  private static final int ROWS_PER_CHUNK = 8;

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
    var row = new float[c.columns()];
    for (int k = 0; k < b.rows(); k++) {
      b.read(k, row);
      for (int i = 0; i < sums.length; i++) {
        float factor = factors[i][k];
        float[] sum = sums[i];
        for (int j = 0; j < row.length; j++) {
          sum[j] += factor * row[j];
        }
      }
    }
    for (int i = 0; i < sums.length; i++) {
      for (int j = 0; j < row.length; j++) {
        c.set(i, j, product.add() ? c.get(i, j) + sums[i][j] : sums[i][j]);
      }
    }
  }
}

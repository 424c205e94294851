package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;

/// The reference for [ProductKernel]: every element of the result is summed in order.
public final class ScalarProduct implements ProductKernel {
  private static final int ROWS_PER_CHUNK = 8;

  private final Workers workers;

  public ScalarProduct(Workers workers) {
    this.workers = workers;
  }

  @Override
  public void multiply(Matrix a, Matrix b, Matrix c, boolean add) {
    if (b.tensor().type().isQuantized() && b.columnStride() != 1) {
      // Blocks are decoded along their rows.
      multiply(b.transposed(), a.transposed(), c.transposed(), add);
      return;
    }
    int chunks = Math.ceilDiv(c.rows(), ROWS_PER_CHUNK);
    workers.forEach(
        chunks,
        (chunk, worker) -> {
          int start = chunk * ROWS_PER_CHUNK;
          int count = Math.min(ROWS_PER_CHUNK, c.rows() - start);
          multiplyRows(a.rows(start, count), b, c.rows(start, count), add);
        });
  }

  private static void multiplyRows(Matrix a, Matrix b, Matrix c, boolean add) {
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
        c.set(i, j, add ? c.get(i, j) + sums[i][j] : sums[i][j]);
      }
    }
  }
}

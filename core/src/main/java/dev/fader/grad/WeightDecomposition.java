package dev.fader.grad;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Arrays;

/// A weight `W + scale * B A` taken apart into the length of each output's row, which is learned,
/// and its direction: DoRA (Liu et al. 2024, arXiv:2402.09353). No gradient flows through the
/// length that divides, as the paper's section 4.3 proposes.
///
/// @param base W, and the bias, which is added behind the decomposition
/// @param down A (rank, in)
/// @param up B (out, rank)
/// @param scale of the product
/// @param magnitude (out): the lengths that are learned
/// @param norms (out): the lengths of the rows of `W + scale * B A`
public record WeightDecomposition(
    Projection base, Variable down, Variable up, float scale, Variable magnitude, Tensor norms) {
  /// Rows of a weight stored (in, out) that are summed together, so that sums do not depend on
  /// threads.
  private static final int ROWS_PER_PART = 256;

  /// Sets [#norms] to what they are with the present numbers.
  ///
  /// @param kernels whose threads do it
  public void measure(Kernels kernels) {
    var stored = Matrix.of(base.weight().value());
    if (base.inputMajor()) {
      measureColumns(kernels, stored);
    } else {
      measureRows(kernels, stored);
    }
  }

  private void measureRows(Kernels kernels, Matrix stored) {
    var a = rows(Matrix.of(down.value()));
    var b = Matrix.of(up.value());
    var decoded = new float[kernels.workers().threads()][stored.columns()];
    kernels
        .workers()
        .forEach(
            stored.rows(),
            (row, worker) -> {
              var sum = decoded[worker];
              stored.read(row, sum);
              for (int k = 0; k < a.length; k++) {
                addScaled(scale * b.get(row, k), a[k], sum);
              }
              norms.set(row, (float) Math.sqrt(squares(sum)));
            });
  }

  private void measureColumns(Kernels kernels, Matrix stored) {
    var a = Matrix.of(down.value());
    var b = rows(Matrix.of(up.value()).transposed());
    var decoded = new float[kernels.workers().threads()][stored.columns()];
    var parts = new double[Math.ceilDiv(stored.rows(), ROWS_PER_PART)][stored.columns()];
    kernels
        .workers()
        .forEach(
            parts.length,
            (part, worker) -> {
              var sum = decoded[worker];
              int end = Math.min(stored.rows(), (part + 1) * ROWS_PER_PART);
              for (int row = part * ROWS_PER_PART; row < end; row++) {
                stored.read(row, sum);
                for (int k = 0; k < b.length; k++) {
                  addScaled(scale * a.get(k, row), b[k], sum);
                }
                addSquares(sum, parts[part]);
              }
            });
    for (int column = 0; column < stored.columns(); column++) {
      double total = 0;
      for (var part : parts) {
        total += part[column];
      }
      norms.set(column, (float) Math.sqrt(total));
    }
  }

  private static float[][] rows(Matrix matrix) {
    var rows = new float[matrix.rows()][matrix.columns()];
    for (int row = 0; row < rows.length; row++) {
      matrix.read(row, rows[row]);
    }
    return rows;
  }

  private static void addScaled(float factor, float[] x, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * x[i];
    }
  }

  private static void addSquares(float[] x, double[] sums) {
    for (int i = 0; i < x.length; i++) {
      sums[i] += (double) x[i] * x[i];
    }
  }

  private static double squares(float[] x) {
    var sums = new double[4]; // apart, so that one addition need not wait for the other
    int i = 0;
    for (; i + 4 <= x.length; i += 4) {
      for (int k = 0; k < 4; k++) {
        sums[k] += (double) x[i + k] * x[i + k];
      }
    }
    double rest = 0;
    for (; i < x.length; i++) {
      rest += (double) x[i] * x[i];
    }
    return Arrays.stream(sums).sum() + rest;
  }
}

package dev.fader.model.adapter;

import dev.fader.model.RandomNumbers;
import dev.fader.tensor.Tensor;

/// Factors of LoRA that begin random and orthogonal to each other, so that their product is zero.
final class OrthogonalFactors {
  private static final double SIZE = 0.1;

  private OrthogonalFactors() {}

  /// Fills A (rank, in) or B (out, rank) with a tenth of normal numbers times every second row of a
  /// random rotation: A with the even rows, B with the odd ones.
  ///
  /// @param up whether it is B
  /// @param rotation random numbers that both factors share
  /// @param numbers random numbers of this factor
  static void fill(Tensor tensor, boolean up, RandomNumbers rotation, RandomNumbers numbers) {
    int rank = tensor.shape().size(up ? 1 : 0);
    long lines = tensor.shape().dimension(up ? 0 : 1);
    var rows = rotation(rank, rotation);
    int half = rank / 2;
    for (long line = 0; line < lines; line++) {
      for (int k = 0; k < rank; k++) {
        double sum = 0;
        for (int j = 0; j < half; j++) {
          sum += numbers.normal(line * half + j) * rows[2 * j + (up ? 1 : 0)][k];
        }
        tensor.set(up ? line * rank + k : k * lines + line, (float) (SIZE * sum));
      }
    }
  }

  /// Random rows, each made orthogonal to those before it, twice against rounding (Giraud et al.
  /// 2005), and of length 1.
  static double[][] rotation(int size, RandomNumbers numbers) {
    var rows = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int k = 0; k < size; k++) {
        rows[i][k] = numbers.normal((long) i * size + k);
      }
      for (int turn = 0; turn < 2; turn++) {
        for (int j = 0; j < i; j++) {
          add(-product(rows[i], rows[j]), rows[j], rows[i]);
        }
      }
      double length = Math.sqrt(product(rows[i], rows[i]));
      for (int k = 0; k < size; k++) {
        rows[i][k] /= length;
      }
    }
    return rows;
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void add(double factor, double[] x, double[] sum) {
    for (int i = 0; i < x.length; i++) {
      sum[i] += factor * x[i];
    }
  }
}

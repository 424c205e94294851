package dev.fader.kernel.factor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

/// Matrices to take apart, and what holds of their factors.
final class FactorsFixture {
  private FactorsFixture() {}

  static ColumnMatrix random(int rows, int columns, Random random) {
    var matrix = ColumnMatrix.zeros(rows, columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        matrix.set(i, j, random.nextGaussian());
      }
    }
    return matrix;
  }

  /// A matrix with these singular values.
  static ColumnMatrix withValues(int rows, int columns, double[] values, Random random) {
    var left = ThinQr.of(random(rows, values.length, random)).q();
    for (int j = 0; j < values.length; j++) {
      for (int i = 0; i < rows; i++) {
        left.set(i, j, left.get(i, j) * values[j]);
      }
    }
    return left.times(ThinQr.of(random(columns, values.length, random)).q().transposed());
  }

  static double norm(ColumnMatrix matrix) {
    double sum = 0;
    for (int i = 0; i < matrix.rows(); i++) {
      for (int j = 0; j < matrix.columns(); j++) {
        sum += matrix.get(i, j) * matrix.get(i, j);
      }
    }
    return Math.sqrt(sum);
  }

  static double distance(ColumnMatrix a, ColumnMatrix b) {
    assertEquals(a.rows(), b.rows());
    assertEquals(a.columns(), b.columns());
    var difference = ColumnMatrix.zeros(a.rows(), a.columns());
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j < a.columns(); j++) {
        difference.set(i, j, a.get(i, j) - b.get(i, j));
      }
    }
    return norm(difference);
  }

  static void assertOrthonormal(ColumnMatrix q, double tolerance, String what) {
    var identity = ColumnMatrix.zeros(q.columns(), q.columns());
    for (int k = 0; k < q.columns(); k++) {
      identity.set(k, k, 1);
    }
    assertEquals(0, distance(q.transposed().times(q), identity), tolerance, what);
  }

  /// The product of all three factors.
  static ColumnMatrix product(SingularValues factors) {
    return factors.weighedLeft(1).times(factors.right().transposed());
  }
}

package dev.fader.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.KernelFixture;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.Operands;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Normalization.Kind;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NormalizationTest extends KernelFixture {
  private static final int[] SIZES = {1, 7, 13, 31, 33, 100};
  private static final int ROWS = 3;
  private static final float EPSILON = 1e-5f;

  /// A dozen roundings of float32 on sums of a hundred terms.
  private static final double TOLERANCE = 2e-6;

  /// The same, but the gradient of a group is a difference that cancels where groups are short.
  private static final double GRADIENT_TOLERANCE = 1e-5;

  NormalizationTest() {
    super(7);
  }

  private Normalization normalization(Kind kind, int size, float offset) {
    return new Normalization(
        kind,
        operands.vector(size),
        kind == Kind.LAYER ? Optional.of(operands.vector(size)) : Optional.empty(),
        EPSILON,
        offset);
  }

  private static double[][] expected(Normalization how, double[][] x, double[][] weight) {
    int size = how.size();
    var y = new double[x.length][];
    for (int r = 0; r < x.length; r++) {
      y[r] = new double[x[r].length];
      for (int start = 0; start < x[r].length; start += size) {
        double mean = 0;
        for (int i = 0; i < size && how.kind() == Kind.LAYER; i++) {
          mean += x[r][start + i] / size;
        }
        double variance = 0;
        for (int i = 0; i < size; i++) {
          variance += Math.pow(x[r][start + i] - mean, 2) / size;
        }
        for (int i = 0; i < size; i++) {
          double bias = how.bias().isPresent() ? how.bias().get().get(i) : 0;
          double normal = (x[r][start + i] - mean) / Math.sqrt(variance + how.epsilon());
          y[r][start + i] = normal * (weight[0][i] + how.weightOffset()) + bias;
        }
      }
    }
    return y;
  }

  @ParameterizedTest
  @EnumSource
  void forwardMatchesFormula(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    for (var kind : Kind.values()) {
      for (int size : SIZES) {
        for (int groups = 1; groups <= 3; groups += 2) {
          var how = normalization(kind, size, groups - 1);
          var x = operands.matrix(ROWS, groups * size);
          var y = operands.matrix(ROWS, groups * size);
          var want = expected(how, Operands.values(x), Operands.values(how.weight()));
          var statistics = operands.vector(ROWS * groups * 2);
          var what = kind + " of " + groups + " groups of " + size;
          kernels.normalizer().forward(how, x, y, statistics);
          operands.assertClose(want, y, TOLERANCE, what);
          kernels.normalizer().forward(how, x, x, statistics);
          operands.assertClose(want, x, TOLERANCE, what + " in place");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void backwardMatchesCentralDifferences(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    for (var kind : Kind.values()) {
      for (int size : new int[] {1, 7, 33, 40}) {
        for (int groups = 1; groups <= 3; groups += 2) {
          checkGradients(kernels, normalization(kind, size, groups - 1), groups);
        }
      }
    }
  }

  private void checkGradients(Kernels kernels, Normalization how, int groups) {
    int size = how.size();
    var what = how.kind() + " of " + groups + " groups of " + size;
    var x = operands.matrix(ROWS, groups * size);
    var statistics = operands.vector(ROWS * groups * 2);
    kernels.normalizer().forward(how, x, operands.matrix(ROWS, groups * size), statistics);
    var dy = operands.matrix(ROWS, groups * size);
    var weights = Operands.values(dy);
    var values = Operands.values(x);
    var weight = Operands.values(how.weight());
    var dx = Operands.gradient(v -> expected(how, v, weight), values, weights);
    var dWeight = Operands.gradient(v -> expected(how, values, v), weight, weights);

    var weightGradient = operands.vector(size);
    var biasGradient = operands.vector(size);
    var input = operands.matrix(ROWS, groups * size);
    var wantWeight = sum(dWeight, Operands.values(weightGradient));
    var wantBias = sum(columnSums(weights, size), Operands.values(biasGradient));
    var wantInput = sum(dx, Operands.values(input));
    kernels
        .normalizer()
        .backward(
            how,
            x,
            statistics,
            new Normalizer.Gradient(
                dy, input, true, Optional.of(weightGradient), Optional.of(biasGradient)));
    operands.assertClose(wantInput, input, GRADIENT_TOLERANCE, what + ", added");
    operands.assertClose(wantWeight, weightGradient, GRADIENT_TOLERANCE, what + ", weight");
    operands.assertClose(wantBias, biasGradient, GRADIENT_TOLERANCE, what + ", bias");

    kernels
        .normalizer()
        .backward(
            how,
            x,
            statistics,
            new Normalizer.Gradient(dy, dy, false, Optional.empty(), Optional.empty()));
    // The gradient of a group of one is nothing but rounding: there is no scale to compare it on.
    if (size > 1) {
      operands.assertClose(dx, dy, GRADIENT_TOLERANCE, what + ", in place");
    }
  }

  private static double[][] sum(double[][] a, double[][] b) {
    var sum = new double[a.length][a[0].length];
    for (int r = 0; r < a.length; r++) {
      for (int c = 0; c < a[r].length; c++) {
        sum[r][c] = a[r][c] + b[r][c];
      }
    }
    return sum;
  }

  private static double[][] columnSums(double[][] x, int size) {
    var sums = new double[1][size];
    for (var row : x) {
      for (int c = 0; c < row.length; c++) {
        sums[0][c % size] += row[c];
      }
    }
    return sums;
  }

  @ParameterizedTest
  @EnumSource
  void emptyMatrixIsNoWork(KernelsUnderTest tested) {
    var how = normalization(Kind.RMS, 7, 0);
    var x = Matrix.of(operands.arena.floats(0, 7));
    var weight = operands.vector(7);
    var before = Operands.values(weight);
    var statistics = operands.arena.floats(0, 2);
    tested.kernels(workers).normalizer().forward(how, x, x, statistics);
    tested
        .kernels(workers)
        .normalizer()
        .backward(
            how,
            x,
            statistics,
            new Normalizer.Gradient(x, x, false, Optional.of(weight), Optional.empty()));
    operands.assertClose(before, weight, 0, "weight gradient of no rows");
  }

  @Test
  void columnsNotDivisibleIntoGroupsThrow() {
    var how = normalization(Kind.RMS, 7, 0);
    var x = operands.matrix(2, 13);
    var kernels = Kernels.scalar(workers);
    var statistics = operands.vector(4);
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> kernels.normalizer().forward(how, x, x, statistics));
    assertEquals("13 columns cannot be normalised in groups of 7", thrown.getMessage());
  }
}

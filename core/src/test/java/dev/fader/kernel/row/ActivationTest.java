package dev.fader.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.KernelFixture;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.Operands;
import dev.fader.kernel.matrix.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest extends KernelFixture {
  private static final int[] SIZES = {1, 7, 13, 31, 33, 100};
  private static final int ROWS = 3;

  /// A few ulp of the largest element.
  private static final double TOLERANCE = 1e-6;

  ActivationTest() {
    super(11);
  }

  /// Stretched, so that the tails are seen as well.
  private Matrix wide(int columns) {
    var x = operands.matrix(ROWS, columns);
    for (int r = 0; r < ROWS; r++) {
      for (int c = 0; c < columns; c++) {
        x.set(r, c, x.get(r, c) * 3);
      }
    }
    return x;
  }

  private static double value(Activation function, double x) {
    return switch (function) {
      case GELU -> x * normal(x);
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case SILU -> x / (1 + Math.exp(-x));
      case QUICK_GELU -> x / (1 + Math.exp(-1.702 * x));
      case RELU, DOUBLE_RELU -> Math.max(x, 0);
      case RELU_SQUARED -> x > 0 ? x * x : 0;
    };
  }

  /// The normal distribution by its series around 0, all of whose terms have one sign.
  private static double normal(double x) {
    double term = x;
    double sum = x;
    for (int i = 1; i < 400; i++) {
      term *= x * x / (2 * i + 1);
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double[][] expected(Activation function, boolean gated, double[][] x) {
    var y = new double[x.length][];
    for (int r = 0; r < x.length; r++) {
      int width = gated ? x[r].length / 2 : x[r].length;
      y[r] = new double[width];
      for (int c = 0; c < width; c++) {
        double up = gated ? x[r][width + c] : 1;
        y[r][c] =
            value(function, x[r][c]) * (function == Activation.DOUBLE_RELU ? Math.max(up, 0) : up);
      }
    }
    return y;
  }

  @ParameterizedTest
  @EnumSource
  void forwardMatchesFormula(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    for (var function : Activation.values()) {
      for (int size : SIZES) {
        for (boolean gated : new boolean[] {false, true}) {
          var x = wide(gated ? 2 * size : size);
          var y = operands.matrix(ROWS, size);
          kernels.activations().forward(function, gated, x, y);
          var want = expected(function, gated, Operands.values(x));
          operands.assertClose(want, y, TOLERANCE, function + ", gated " + gated + ", " + size);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void backwardMatchesCentralDifferences(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    for (var function : Activation.values()) {
      for (int size : new int[] {1, 7, 33}) {
        for (boolean gated : new boolean[] {false, true}) {
          var x = wide(gated ? 2 * size : size);
          var output = operands.matrix(ROWS, size);
          var input = operands.matrix(ROWS, x.columns());
          kernels
              .activations()
              .backward(function, gated, x, new Activations.Gradient(output, input));
          var want =
              Operands.gradient(
                  v -> expected(function, gated, v), Operands.values(x), Operands.values(output));
          operands.assertClose(want, input, TOLERANCE, function + ", gated " + gated + ", " + size);
        }
      }
    }
  }

  @Test
  void vectorsOfDoubleReluMatchTheReferenceToTheBit() {
    var x = wide(2 * 101);
    var output = operands.matrix(ROWS, 101);
    var scalar = operands.matrix(ROWS, 2 * 101);
    var chosen = operands.matrix(ROWS, 2 * 101);
    var reference = Kernels.scalar(workers).activations();
    var vectors = Kernels.choose(workers).activations();
    reference.backward(Activation.DOUBLE_RELU, true, x, new Activations.Gradient(output, scalar));
    vectors.backward(Activation.DOUBLE_RELU, true, x, new Activations.Gradient(output, chosen));
    operands.assertClose(Operands.values(scalar), chosen, 0, "gradient");
    var y = operands.matrix(ROWS, 101);
    reference.forward(Activation.DOUBLE_RELU, true, x, output);
    vectors.forward(Activation.DOUBLE_RELU, true, x, y);
    operands.assertClose(Operands.values(output), y, 0, "value");
  }

  /// The polynomials and their roundings are the same ones.
  @Test
  void vectorMatchesScalarToTheBit() {
    for (var function : Activation.values()) {
      var x = wide(101);
      var gradient = operands.matrix(ROWS, 101);
      var scalar = new Activations.Gradient(gradient, operands.matrix(ROWS, 101));
      var chosen = new Activations.Gradient(gradient, operands.matrix(ROWS, 101));
      Kernels.scalar(workers).activations().backward(function, false, x, scalar);
      Kernels.choose(workers).activations().backward(function, false, x, chosen);
      operands.assertClose(
          Operands.values(scalar.input()), chosen.input(), 0, "slope of " + function);
      Kernels.scalar(workers).activations().forward(function, false, x, scalar.input());
      Kernels.choose(workers).activations().forward(function, false, x, x);
      operands.assertClose(Operands.values(scalar.input()), x, 0, function + " in place");
    }
  }

  @ParameterizedTest
  @EnumSource
  void backwardOfExtremeInputsIsFinite(KernelsUnderTest tested) {
    for (var function : Activation.values()) {
      var x = operands.matrix(1, 33);
      for (int c = 0; c < 33; c++) {
        x.set(0, c, (c % 2 == 0 ? 1 : -1) * 1e6f);
      }
      var gradient = operands.matrix(1, 33);
      gradient.fill(1);
      var input = operands.matrix(1, 33);
      tested
          .kernels(workers)
          .activations()
          .backward(function, false, x, new Activations.Gradient(gradient, input));
      float above = function == Activation.RELU_SQUARED ? 2e6f : 1;
      for (int c = 0; c < 33; c++) {
        assertEquals(c % 2 == 0 ? above : 0, input.get(0, c), 0, function + " at " + c);
      }
    }
  }

  @Test
  void wrongWidthThrows() {
    var x = operands.matrix(2, 13);
    var y = operands.matrix(2, 7);
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.scalar(workers).activations().forward(Activation.SILU, true, x, y));
    assertEquals("the input of an activation must be 2 x 14, not 2 x 13", thrown.getMessage());
  }
}

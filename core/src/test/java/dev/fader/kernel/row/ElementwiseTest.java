package dev.fader.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.KernelFixture;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.Operands;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementwiseTest extends KernelFixture {
  private static final int[] SIZES = {1, 7, 13, 31, 33, 100};
  private static final int ROWS = 5;

  /// One rounding.
  private static final double TOLERANCE = 1e-7;

  ElementwiseTest() {
    super(13);
  }

  private interface Element {
    double of(double a, double b);
  }

  private static double[][] each(double[][] a, double[][] b, Element element) {
    var result = new double[a.length][];
    for (int r = 0; r < a.length; r++) {
      result[r] = new double[a[r].length];
      for (int c = 0; c < a[r].length; c++) {
        result[r][c] = element.of(a[r][c], b[r % b.length][c]);
      }
    }
    return result;
  }

  @ParameterizedTest
  @EnumSource
  void addIntoEitherTerm(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    for (int size : SIZES) {
      var a = operands.matrix(ROWS, size);
      var b = operands.matrix(ROWS, size);
      var want = each(Operands.values(a), Operands.values(b), Double::sum);
      var sum = operands.matrix(ROWS, size);
      kernels.elementwise().add(a, b, sum);
      operands.assertClose(want, sum, TOLERANCE, "sum of " + size);
      var left = operands.copy(a);
      kernels.elementwise().add(left, b, left);
      operands.assertClose(want, left, TOLERANCE, "sum into a of " + size);
      kernels.elementwise().add(a, b, b);
      operands.assertClose(want, b, TOLERANCE, "sum into b of " + size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void addRowAndSumRowsMatchFormula(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    for (int size : SIZES) {
      // Enough rows for several partial sums.
      var x = operands.matrix(71, size);
      var bias = operands.vector(size);
      var want = each(Operands.values(x), Operands.values(bias), Double::sum);
      kernels.elementwise().addRow(x, bias);
      operands.assertClose(want, x, TOLERANCE, "bias of " + size);

      var sums = Operands.values(bias);
      for (var row : Operands.values(x)) {
        for (int c = 0; c < size; c++) {
          sums[0][c] += row[c];
        }
      }
      kernels.elementwise().sumRows(x, bias);
      // Sums of 71 terms in float32.
      operands.assertClose(sums, bias, 1e-6, "sum of rows of " + size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void addingRowsTakesTheBiasOfEachRowOfNow(KernelsUnderTest tested) {
    for (int size : SIZES) {
      var x = operands.matrix(ROWS, size);
      var biases = List.of(operands.vector(size), operands.vector(size), operands.vector(size));
      var which = new int[ROWS];
      var pass = tested.kernels(workers).elementwise().addingRows(x, biases, which);
      for (int run = 0; run < 2; run++) {
        var want = Operands.values(x);
        for (int r = 0; r < ROWS; r++) {
          which[r] = (r + 2 * run) % 3;
          for (int c = 0; c < size; c++) {
            want[r][c] += biases.get(which[r]).get(c);
          }
        }
        pass.run();
        operands.assertClose(want, x, TOLERANCE, "run %d, biases of %d".formatted(run, size));
      }
      var few = new int[ROWS - 1];
      var thrown =
          assertThrows(
              IllegalArgumentException.class,
              () -> tested.kernels(workers).elementwise().addingRows(x, biases, few));
      assertEquals("5 rows need as many numbers of biases, not 4", thrown.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void scaleInPlaceMatchesFormula(KernelsUnderTest tested) {
    for (int size : SIZES) {
      var x = operands.matrix(ROWS, size);
      var want = each(Operands.values(x), Operands.values(x), (a, b) -> a * 0.3f);
      tested.kernels(workers).elementwise().scale(x, 0.3f);
      operands.assertClose(want, x, TOLERANCE, "scaled " + size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void dotRowsMatchFormula(KernelsUnderTest tested) {
    var elementwise = tested.kernels(workers).elementwise();
    for (int size : SIZES) {
      var a = operands.matrix(ROWS, size);
      var b = operands.matrix(ROWS, size);
      var dots = new float[ROWS];
      elementwise.dotRows(a, b, dots);
      var products = each(Operands.values(a), Operands.values(b), (x, y) -> x * y);
      for (int r = 0; r < ROWS; r++) {
        // Up to a hundred terms in float32, of which each is at most a few.
        assertEquals(
            Arrays.stream(products[r]).sum(), dots[r], 1e-5, "row %d of %d".formatted(r, size));
      }
      var thrown =
          assertThrows(
              IllegalArgumentException.class, () -> elementwise.dotRows(a, b, new float[ROWS + 1]));
      assertEquals("5 rows have as many products, not 6", thrown.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void softCapAndGradientMatchFormula(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    float cap = 1.5f;
    for (int size : SIZES) {
      var x = operands.matrix(ROWS, size);
      var gradient = operands.matrix(ROWS, size);
      var values = Operands.values(x);
      Operands.Function capped = v -> each(v, v, (a, b) -> cap * Math.tanh(a / cap));
      var wantGradient = Operands.gradient(capped, values, Operands.values(gradient));
      kernels.elementwise().softCap(x, cap);
      operands.assertClose(capped.of(values), x, 5e-7, "capped " + size);
      kernels.elementwise().softCapBackward(x, cap, gradient);
      // 1 - (y / cap)^2 cancels where the cap bites: absolute error of a few roundings.
      operands.assertClose(wantGradient, gradient, 2e-6, "gradient of capped " + size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void dropoutDropsItsShareAndIsRepeatable(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    var dropout = new Dropout(42, 3, 1, 0.25f);
    var x = operands.matrix(101, 131);
    x.fill(3);
    var y = operands.copy(x);
    kernels.elementwise().dropout(dropout, x, y);
    int dropped = 0;
    for (var row : Operands.values(y)) {
      for (double value : row) {
        assertTrue(value == 0 || value == 4, "kept elements are 3 / 0.75, not " + value);
        dropped += value == 0 ? 1 : 0;
      }
    }
    // 13,231 draws: a standard deviation of 50 around 3,308. Six of them.
    assertEquals(3308, dropped, 300);
    kernels.elementwise().dropout(dropout, x, x);
    operands.assertClose(Operands.values(y), x, 0, "the same mask in place");
  }

  @Test
  void dropoutMatchesScalarToTheBit() {
    var dropout = new Dropout(42, 3, 1, 0.25f);
    for (int size : SIZES) {
      var x = operands.matrix(ROWS, size);
      var want = operands.copy(x);
      Kernels.scalar(workers).elementwise().dropout(dropout, x, want);
      Kernels.choose(workers).elementwise().dropout(dropout, x, x);
      operands.assertClose(Operands.values(want), x, 0, "mask of " + size);
    }
  }

  @Test
  void dropoutMaskDependsOnSeedStepAndSite() {
    var masks =
        new Dropout[] {
          new Dropout(1, 1, 1, 0.5f),
          new Dropout(2, 1, 1, 0.5f),
          new Dropout(1, 2, 1, 0.5f),
          new Dropout(1, 1, 2, 0.5f)
        };
    for (int i = 0; i < masks.length; i++) {
      for (int j = 0; j < i; j++) {
        int same = 0;
        for (int row = 0; row < 32; row++) {
          for (int column = 0; column < 32; column++) {
            boolean kept = Dropout.draw(masks[i].rowKey(row), column) >= masks[i].threshold();
            boolean other = Dropout.draw(masks[j].rowKey(row), column) >= masks[j].threshold();
            same += kept == other ? 1 : 0;
          }
        }
        // 1,024 coins: a standard deviation of 16 around 512. Six of them.
        assertEquals(512, same, 96, masks[i] + " against " + masks[j]);
      }
    }
  }

  @Test
  void dropoutProbabilityOneThrows() {
    var thrown = assertThrows(IllegalArgumentException.class, () -> new Dropout(1, 1, 1, 1));
    assertEquals("dropout probability 1.0 is not in [0, 1)", thrown.getMessage());
  }

  @Test
  void stridedColumnsThrow() {
    var x = operands.matrix(3, 7).transposed();
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.scalar(workers).elementwise().scale(x, 2));
    assertEquals(
        "a scaled matrix must have its columns side by side, not 12 apart", thrown.getMessage());
  }

  @Test
  void zeroSoftCapThrows() {
    var x = operands.matrix(1, 1);
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.scalar(workers).elementwise().softCap(x, 0));
    assertEquals("a soft cap must be positive, not 0.0", thrown.getMessage());
  }
}

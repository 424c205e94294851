package dev.fader.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.Operands;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClampedGateTest {
  private static final int ROWS = 7;

  private final Operands operands = new Operands(6);
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    operands.close();
  }

  /// As gpt-oss defines it.
  private static double gate(double gate, double up) {
    double g = Math.min(gate, 7);
    double u = Math.clamp(up, -7, 7);
    return g / (1 + Math.exp(-1.702 * g)) * (u + 1);
  }

  /// Numbers to both sides of the limits.
  private Matrix inputs(int width) {
    var x = operands.matrix(ROWS, 2 * width);
    kernels.elementwise().scale(x, 6);
    return x;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void forwardMatchesReference(boolean interleaved) {
    for (int width : new int[] {1, 13, 33}) {
      var x = inputs(width);
      var y = operands.matrix(ROWS, width);
      kernels.clampedGate().forward(interleaved, x, y);
      for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < width; c++) {
          double want =
              gate(x.get(r, gateColumn(interleaved, c)), x.get(r, upColumn(interleaved, c, width)));
          // float32 rounding of three factors
          assertEquals(want, y.get(r, c), 1e-6 * (1 + Math.abs(want)));
        }
      }
    }
  }

  private static int gateColumn(boolean interleaved, int column) {
    return interleaved ? 2 * column : column;
  }

  private static int upColumn(boolean interleaved, int column, int width) {
    return interleaved ? 2 * column + 1 : width + column;
  }

  /// Central differences in double are good to 1e-9 away from the limits; the float32 slope to a
  /// few roundings.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void backwardMatchesCentralDifferences(boolean interleaved) {
    int width = 31;
    var x = inputs(width);
    var dy = operands.matrix(ROWS, width);
    var dx = operands.matrix(ROWS, 2 * width);
    kernels.clampedGate().backward(interleaved, x, new Activations.Gradient(dy, dx));
    double step = 1e-5;
    for (int r = 0; r < ROWS; r++) {
      for (int c = 0; c < width; c++) {
        double g = x.get(r, gateColumn(interleaved, c));
        double u = x.get(r, upColumn(interleaved, c, width));
        double byGate = (gate(g + step, u) - gate(g - step, u)) / (2 * step) * dy.get(r, c);
        double byUp = (gate(g, u + step) - gate(g, u - step)) / (2 * step) * dy.get(r, c);
        assertEquals(byGate, dx.get(r, gateColumn(interleaved, c)), 2e-6 * (1 + Math.abs(byGate)));
        assertEquals(byUp, dx.get(r, upColumn(interleaved, c, width)), 2e-6 * (1 + Math.abs(byUp)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5})
  void wrongWidthThrows(int columns) {
    var x = operands.matrix(2, columns);
    var y = operands.matrix(2, 2);
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> kernels.clampedGate().forward(false, x, y));
    assertEquals("the input of a gate must be 2 x 4, not 2 x " + columns, refused.getMessage());
  }
}

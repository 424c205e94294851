package dev.fader.kernel.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.KernelFixture;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.Operands;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UpdatesTest extends KernelFixture {
  /// The last does not fit one piece.
  private static final int[] SIZES = {1, 7, 13, 31, 33, 100, 40_001};

  /// A few roundings a step.
  private static final double TOLERANCE = 3e-6;

  UpdatesTest() {
    super(23);
  }

  @ParameterizedTest
  @EnumSource
  void adamwOfThreeStepsMatchesFormula(KernelsUnderTest tested) {
    for (int size : SIZES) {
      var weight = operands.vector(size);
      var how =
          new AdamW(
              0.9f, 0.95f, 1e-8f, 0.1f, operands.arena.floats(size), operands.arena.floats(size));
      var w = Operands.values(weight)[0];
      var m = new double[size];
      var v = new double[size];
      for (int step = 1; step <= 3; step++) {
        var gradient = operands.vector(size);
        tested.kernels(workers).updates().adamw(how, new Step(step, 0.01f, 0.5f, weight, gradient));
        for (int i = 0; i < size; i++) {
          double g = gradient.get(i) * 0.5;
          m[i] = 0.9 * m[i] + 0.1 * g;
          v[i] = 0.95 * v[i] + 0.05 * g * g;
          double root = Math.sqrt(v[i] / (1 - Math.pow(0.95, step))) + 1e-8;
          w[i] -= 0.01 * 0.1 * w[i] + 0.01 * m[i] / (1 - Math.pow(0.9, step)) / root;
        }
      }
      operands.assertClose(new double[][] {w}, weight, TOLERANCE, "weights of " + size);
      operands.assertClose(new double[][] {m}, how.first(), TOLERANCE, "means of " + size);
      operands.assertClose(new double[][] {v}, how.second(), TOLERANCE, "squares of " + size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sgdOfThreeStepsMatchesFormula(KernelsUnderTest tested) {
    for (boolean nesterov : new boolean[] {false, true}) {
      for (int size : SIZES) {
        var weight = operands.vector(size);
        var velocity = operands.arena.floats(size);
        var how = new Momentum(0.9f, 0.1f, nesterov, velocity);
        var w = Operands.values(weight)[0];
        var v = new double[size];
        for (int step = 1; step <= 3; step++) {
          var gradient = operands.vector(size);
          tested.kernels(workers).updates().sgd(how, new Step(step, 0.01f, 0.5f, weight, gradient));
          for (int i = 0; i < size; i++) {
            double g = gradient.get(i) * 0.5 + 0.1 * w[i];
            v[i] = 0.9 * v[i] + g;
            w[i] -= 0.01 * (nesterov ? g + 0.9 * v[i] : v[i]);
          }
        }
        operands.assertClose(new double[][] {w}, weight, TOLERANCE, "weights of " + size);
        operands.assertClose(new double[][] {v}, velocity, TOLERANCE, "velocity of " + size);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void tinyMomentsAreFlushedToZero(KernelsUnderTest tested) {
    int size = 33;
    var weight = operands.vector(size);
    var gradient = operands.arena.floats(size);
    var adamw = new AdamW(0.9f, 0.9f, 1e-8f, 0, filled(size, -1.05e-30f), filled(size, 1.05e-30f));
    var velocity = filled(size, 1.05e-30f);
    tested.kernels(workers).updates().adamw(adamw, new Step(1, 0, 1, weight, gradient));
    tested
        .kernels(workers)
        .updates()
        .sgd(new Momentum(0.9f, 0, false, velocity), new Step(1, 0, 1, weight, gradient));
    var zeros = new double[1][size];
    operands.assertClose(zeros, adamw.first(), 0, "first moment");
    operands.assertClose(zeros, adamw.second(), 0, "second moment");
    operands.assertClose(zeros, velocity, 0, "velocity");
  }

  private Tensor filled(int size, float value) {
    var tensor = operands.arena.floats(size);
    Matrix.of(tensor).fill(value);
    return tensor;
  }

  @ParameterizedTest
  @EnumSource
  void sumOfSquaresIsInDouble(KernelsUnderTest tested) {
    for (int size : SIZES) {
      var x = operands.vector(size);
      double sum = 0;
      for (int i = 0; i < size; i++) {
        sum += (double) x.get(i) * x.get(i);
      }
      assertEquals(
          sum,
          tested.kernels(workers).updates().sumOfSquares(x),
          1e-12 * sum,
          "squares of " + size);
    }
    assertEquals(0, tested.kernels(workers).updates().sumOfSquares(operands.arena.floats(0)));
    assertEquals(1e60, tested.kernels(workers).updates().sumOfSquares(filled(1, 1e30f)), 1e53);
  }

  @Test
  void mismatchedLengthsThrow() {
    var weight = operands.vector(7);
    var gradient = operands.vector(6);
    var how = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f, operands.vector(7), operands.vector(7));
    var step = new Step(1, 0.01f, 1, weight, gradient);
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.scalar(workers).updates().adamw(how, step));
    assertEquals(
        "the gradient of a weight must have 7 elements, not FLOAT32[6]", thrown.getMessage());
  }

  @Test
  void adamwStepZeroThrows() {
    var how = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f, operands.vector(7), operands.vector(7));
    var step = new Step(0, 0.01f, 1, operands.vector(7), operands.vector(7));
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.scalar(workers).updates().adamw(how, step));
    assertEquals("AdamW counts its steps from 1, not 0", thrown.getMessage());
  }
}

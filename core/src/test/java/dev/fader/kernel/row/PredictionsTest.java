package dev.fader.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.KernelFixture;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.Operands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PredictionsTest extends KernelFixture {
  private static final int[] SIZES = {1, 7, 13, 31, 33, 100, 10_007};
  private static final int ROWS = 4;

  PredictionsTest() {
    super(19);
  }

  private static double[] softmax(double[] x, double temperature) {
    double max = Double.NEGATIVE_INFINITY;
    for (double value : x) {
      max = Math.max(max, value);
    }
    var result = new double[x.length];
    double sum = 0;
    for (int c = 0; c < x.length; c++) {
      result[c] = Math.exp((x[c] - max) / temperature);
      sum += result[c];
    }
    for (int c = 0; c < x.length; c++) {
      result[c] /= sum;
    }
    return result;
  }

  private static double[][] losses(double[][] logits, int[] targets) {
    var losses = new double[1][logits.length];
    for (int r = 0; r < logits.length; r++) {
      losses[0][r] = targets[r] < 0 ? 0 : -Math.log(softmax(logits[r], 1)[targets[r]]);
    }
    return losses;
  }

  @ParameterizedTest
  @EnumSource
  void crossEntropyAndGradientMatchFormula(KernelsUnderTest tested) {
    var kernels = tested.kernels(workers);
    float scale = 0.25f;
    for (int size : SIZES) {
      var logits = operands.matrix(ROWS, size);
      var ids = operands.ids(ROWS, size);
      ids.set(1, -100);
      var targets = new int[ROWS];
      for (int r = 0; r < ROWS; r++) {
        targets[r] = (int) ids.get(r);
      }
      var values = Operands.values(logits);
      var want = losses(values, targets);
      var losses = operands.vector(ROWS);
      kernels.predictions().crossEntropy(new Predictions.Targets(ids, 0), logits, losses);
      operands.assertClose(want, losses, 1e-6, "losses over " + size);
      operands.assertClose(values, logits, 0, "logits that no gradient is wanted of");

      losses.zero();
      kernels.predictions().crossEntropy(new Predictions.Targets(ids, scale), logits, losses);
      operands.assertClose(want, losses, 1e-6, "losses with gradients over " + size);
      operands.assertClose(gradient(values, targets, scale), logits, 1e-6, "gradient of " + size);
    }
  }

  private static double[][] gradient(double[][] logits, int[] targets, double scale) {
    if (logits[0].length <= 100) {
      var scales = new double[1][logits.length];
      java.util.Arrays.fill(scales[0], scale);
      return Operands.gradient(x -> losses(x, targets), logits, scales);
    }
    // Too many columns for differences: the formula, which those of the shorter rows confirm.
    var gradient = new double[logits.length][logits[0].length];
    for (int r = 0; r < logits.length; r++) {
      if (targets[r] >= 0) {
        gradient[r] = softmax(logits[r], 1 / 1.0);
        gradient[r][targets[r]] -= 1;
      }
      for (int c = 0; c < gradient[r].length; c++) {
        gradient[r][c] *= scale;
      }
    }
    return gradient;
  }

  @ParameterizedTest
  @EnumSource
  void softmaxMatchesFormula(KernelsUnderTest tested) {
    for (int size : SIZES) {
      var x = operands.matrix(ROWS, size);
      var want = new double[ROWS][];
      for (int r = 0; r < ROWS; r++) {
        want[r] = softmax(Operands.values(x)[r], 0.7f);
      }
      tested.kernels(workers).predictions().softmax(x, 0.7f);
      operands.assertClose(want, x, 1e-6, "softmax over " + size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void softmaxOfWideAndMaskedLogitsIsFinite(KernelsUnderTest tested) {
    var x = operands.matrix(1, 40);
    x.fill(-1e30f);
    x.set(0, 3, 5e4f);
    x.set(0, 35, 5e4f);
    x.set(0, 36, Float.NEGATIVE_INFINITY);
    tested.kernels(workers).predictions().softmax(x, 1);
    for (int c = 0; c < 40; c++) {
      assertEquals(c == 3 || c == 35 ? 0.5f : 0, x.get(0, c), "probability " + c);
    }
  }

  /// A diverged model must show, not look like one that is sure of itself.
  @ParameterizedTest
  @EnumSource
  void crossEntropyOfNanIsNan(KernelsUnderTest tested) {
    for (int at : new int[] {0, 20, 39}) {
      for (float gradientScale : new float[] {0, 1}) {
        var x = operands.matrix(1, 40);
        x.set(0, at, Float.NaN);
        var losses = operands.vector(1);
        var entropy = new Predictions.Targets(operands.ids(1, 40), gradientScale);
        tested.kernels(workers).predictions().crossEntropy(entropy, x, losses);
        assertTrue(Float.isNaN(losses.get(0)), "loss with NaN at " + at);
      }
    }
  }

  @Test
  void targetOutsideVocabularyThrows() {
    var ids = operands.ids(2, 7);
    ids.set(1, 7);
    var logits = operands.matrix(2, 7);
    var losses = operands.vector(2);
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Kernels.scalar(workers)
                    .predictions()
                    .crossEntropy(new Predictions.Targets(ids, 1), logits, losses));
    assertEquals("target 7 in row 1 is not in the vocabulary of 7", thrown.getMessage());
  }

  @Test
  void targetsOfWrongTypeThrow() {
    var thrown =
        assertThrows(
            IllegalArgumentException.class, () -> new Predictions.Targets(operands.vector(2), 1));
    assertEquals("targets must be INT32 token ids, not FLOAT32[2]", thrown.getMessage());
  }

  @Test
  void zeroTemperatureThrows() {
    var x = operands.matrix(1, 3);
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.scalar(workers).predictions().softmax(x, 0));
    assertEquals("the temperature of a softmax must be positive, not 0.0", thrown.getMessage());
  }
}

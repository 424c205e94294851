package dev.fader.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/// The polynomials against double.
class ScalarMathTest {
  private interface FloatFunction {
    float of(float x);
  }

  /// Walks [-limit, limit] in steps that are no round numbers.
  private static void check(
      FloatFunction function, DoubleUnaryOperator expected, float limit, double ulps) {
    float step = limit / 100_003;
    for (float x = -limit; x <= limit; x += step) {
      double want = expected.applyAsDouble(x);
      double error = Math.abs(function.of(x) - want) / Math.ulp((float) want);
      assertTrue(error <= ulps, "at " + x + ": " + function.of(x) + " is " + error + " ulp off");
    }
  }

  @Test
  void expIsWithinTwoUlp() {
    check(ScalarMath::exp, Math::exp, 87, 2);
    check(ScalarMath::exp, Math::exp, 1e-3f, 2);
  }

  @Test
  void expOfExtremesAndNan() {
    assertEquals(0, ScalarMath.exp(-87.4f));
    assertEquals(0, ScalarMath.exp(-1e30f));
    assertEquals(0, ScalarMath.exp(Float.NEGATIVE_INFINITY));
    assertEquals(1, ScalarMath.exp(0));
    assertTrue(Float.isNaN(ScalarMath.exp(Float.NaN)));
  }

  @Test
  void tanhIsWithinThreeUlp() {
    check(ScalarMath::tanh, Math::tanh, 20, 3);
    check(ScalarMath::tanh, Math::tanh, 1e-3f, 3);
  }

  @Test
  void tanhKeepsSignAndNan() {
    assertEquals(1, ScalarMath.tanh(Float.POSITIVE_INFINITY));
    assertEquals(-1, ScalarMath.tanh(Float.NEGATIVE_INFINITY));
    assertEquals(0f, ScalarMath.tanh(0f));
    assertTrue(Float.isNaN(ScalarMath.tanh(Float.NaN)));
  }

  @Test
  void logisticIsWithinFourUlp() {
    check(ScalarMath::logistic, x -> 1 / (1 + Math.exp(-x)), 87, 4);
  }

  /// The reference is Simpson's rule from the middle, whose error at this width is below 1e-13; its
  /// steps are exact in float32.
  @Test
  void normalNearZeroIsWithinEightUlp() {
    double width = 0x1p-10;
    double integral = 0;
    for (int i = 0; i < 3000; i++) {
      double x = i * width;
      for (int sign = -1; sign <= 1; sign += 2) {
        double want = 0.5 + sign * integral;
        float got = normal((float) (sign * x));
        assertEquals(want, got, 8 * Math.ulp((float) want), "at " + sign * x);
      }
      integral += width / 6 * (density(x) + 4 * density(x + width / 2) + density(x + width));
    }
  }

  @Test
  void normalOfExtremesIsZeroOrOne() {
    assertEquals(1, normal(9));
    assertEquals(1, normal(Float.POSITIVE_INFINITY));
    assertEquals(0, normal(-14));
    assertEquals(0, normal(Float.NEGATIVE_INFINITY));
  }

  private static float normal(float x) {
    return ScalarMath.normal(x, ScalarMath.exp(-0.5f * (x * x)));
  }

  private static double density(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}

package dev.fader.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorMathTest {
  private static float apply(UnaryOperator<FloatVector> function, float x) {
    var values = new float[Lanes.FLOATS.length()];
    Arrays.fill(values, 1);
    int lane = Float.floatToRawIntBits(x) & values.length - 1;
    values[lane] = x;
    return function.apply(FloatVector.fromArray(Lanes.FLOATS, values, 0)).lane(lane);
  }

  private static void check(
      UnaryOperator<FloatVector> function, DoubleUnaryOperator exact, float x, double ulps) {
    double expected = exact.applyAsDouble(x);
    double tolerance = ulps * Math.ulp((float) expected);
    assertEquals(expected, apply(function, x), tolerance, () -> "at " + x);
  }

  @Test
  void expIsWithinTwoUlp() {
    for (float x = -87.3f; x < 88.7f; x += 0.0173f) {
      check(VectorMath::exp, Math::exp, x, 2);
    }
    for (float x = 1e-30f; x < 1; x *= 1.9f) {
      check(VectorMath::exp, Math::exp, x, 2);
      check(VectorMath::exp, Math::exp, -x, 2);
    }
    assertEquals(1f, apply(VectorMath::exp, 0f));
  }

  @Test
  void expOfLargeNegativeIsZero() {
    for (float x : new float[] {-87.4f, -100f, -1e10f, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY}) {
      assertEquals(0f, apply(VectorMath::exp, x), () -> "at " + x);
    }
  }

  @Test
  void tanhIsWithinThreeUlp() {
    for (float x = -12f; x < 12f; x += 0.00317f) {
      check(VectorMath::tanh, Math::tanh, x, 3);
    }
    for (float x = 1e-30f; x < 1; x *= 1.9f) {
      check(VectorMath::tanh, Math::tanh, x, 3);
      check(VectorMath::tanh, Math::tanh, -x, 3);
    }
    assertEquals(1f, apply(VectorMath::tanh, Float.MAX_VALUE));
    assertEquals(-1f, apply(VectorMath::tanh, Float.NEGATIVE_INFINITY));
    assertEquals(0f, apply(VectorMath::tanh, 0f));
  }
}

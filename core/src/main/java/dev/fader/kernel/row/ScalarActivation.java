package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.matrix.Floats.start;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.ScalarMath;

/// The reference.
record ScalarActivation(Activation function) implements Activations.Loops {
  /// The tanh form of GELU is `x * logistic(LINEAR x + CUBIC x^3)`, since `1 + tanh(u) = 2
  /// logistic(2u)`.
  static final float TANH_LINEAR = 1.5957692f;

  static final float TANH_CUBIC = 0.071354814f;

  /// How steep the logistic of the quick form is.
  static final float QUICK_LINEAR = 1.702f;

  @Override
  public void apply(Matrix x, Results results, int row) {
    apply(x, results, row, 0);
  }

  /// From column `first` on: what vectors leave over.
  void apply(Matrix x, Results results, int row, int first) {
    boolean wantsValue = results.value().isPresent();
    boolean wantsSlope = results.slope().isPresent();
    var value = results.value().orElse(x);
    var slope = results.slope().orElse(x);
    var in = x.tensor().segment();
    var values = value.tensor().segment();
    var slopes = slope.tensor().segment();
    long inStart = start(x, row);
    long valueStart = start(value, row);
    long slopeStart = start(slope, row);
    int columns = x.columns();
    for (int c = first; c < columns; c++) {
      float at = get(in, inStart, c);
      if (wantsValue) {
        set(values, valueStart, c, value(at));
      }
      if (wantsSlope) {
        set(slopes, slopeStart, c, slope(at));
      }
    }
  }

  private float value(float x) {
    return switch (function) {
      case GELU -> x * ScalarMath.normal(x, ScalarMath.exp(-0.5f * (x * x)));
      case GELU_TANH -> x * ScalarMath.logistic(x * Math.fma(TANH_CUBIC, x * x, TANH_LINEAR));
      case SILU -> x * ScalarMath.logistic(x);
      case QUICK_GELU -> x * ScalarMath.logistic(QUICK_LINEAR * x);
      case RELU, DOUBLE_RELU -> x <= 0 ? 0 : x;
      case RELU_SQUARED -> {
        float positive = x <= 0 ? 0 : x;
        yield positive * positive;
      }
    };
  }

  private float slope(float x) {
    return switch (function) {
      case GELU -> {
        float density = ScalarMath.exp(-0.5f * (x * x));
        yield Math.fma(ScalarMath.NORMAL_PEAK * density, x, ScalarMath.normal(x, density));
      }
      case GELU_TANH -> logisticSlope(x, TANH_LINEAR, TANH_CUBIC);
      case SILU -> logisticSlope(x, 1, 0);
      case QUICK_GELU -> logisticSlope(x, QUICK_LINEAR, 0);
      case RELU, DOUBLE_RELU -> x <= 0 ? 0 : 1;
      case RELU_SQUARED -> x <= 0 ? 0 : 2 * x;
    };
  }

  /// The derivative of `x * logistic(u)`, `u = linear * x + cubic * x^3`.
  private static float logisticSlope(float x, float linear, float cubic) {
    float square = x * x;
    float s = ScalarMath.logistic(x * Math.fma(cubic, square, linear));
    float uSlope = Math.fma(3 * cubic, square, linear);
    return Math.fma(s * (1 - s) * x, uSlope, s);
  }
}

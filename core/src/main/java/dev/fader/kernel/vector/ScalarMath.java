package dev.fader.kernel.vector;

/// exp and its relatives in float32, the same polynomials and the same roundings as their Vector
/// API twins, so that scalar and vector kernels agree to the bit here.
public final class ScalarMath {
  /// Below this exp is flushed to 0: 2^-126, the last normal number, lies just beneath.
  public static final float EXP_LOWEST = -87.33f;

  public static final float LOG2_E = 1.442695f;

  /// Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits of the sum.
  public static final float ROUND = 12582912f;

  /// ln 2 in two parts: the product of the first with any exponent is exact.
  public static final float LN2_HIGH = 0.6933594f;

  public static final float LN2_LOW = -2.12194440e-4f;

  /// `(exp(r) - 1 - r) / r^2` on [-ln 2 / 2, ln 2 / 2], from Cephes' expf (Moshier).
  public static final float EXP_0 = 0.5f;

  public static final float EXP_1 = 0.16666666f;
  public static final float EXP_2 = 0.041665796f;
  public static final float EXP_3 = 0.008333452f;
  public static final float EXP_4 = 0.0013981999f;
  public static final float EXP_5 = 0.00019875691f;

  /// tanh is 1 in float32 from here on.
  public static final float TANH_HIGHEST = 10f;

  /// Mills' ratio of the normal distribution, `(1 - Phi(x)) exp(x^2 / 2)` for x >= 0, as t *
  /// polynomial in `t = 1 / (1 + 0.3 x)`. Our own minimax fit on [0, 14], relative error 1.5e-7;
  /// the form is that of Abramowitz and Stegun 7.1.26.
  public static final float MILLS_T = 0.3f;

  public static final float MILLS_0 = 0.1196293f;
  public static final float MILLS_1 = 0.120753966f;
  public static final float MILLS_2 = 0.09991341f;
  public static final float MILLS_3 = 0.12856193f;
  public static final float MILLS_4 = -0.053684246f;
  public static final float MILLS_5 = 0.2063542f;
  public static final float MILLS_6 = -0.1572035f;
  public static final float MILLS_7 = 0.035674877f;

  /// 1 / sqrt(2 pi), the height of the normal density.
  public static final float NORMAL_PEAK = 0.3989423f;

  private ScalarMath() {}

  /// e^x within 2 ulp for x <= 88.7, exactly 0 below -87.33; beyond 88.7 it is not defined.
  public static float exp(float x) {
    if (x < EXP_LOWEST) {
      return 0;
    }
    float shifted = Math.fma(x, LOG2_E, ROUND);
    float value = 1 + expm1(x, shifted - ROUND);
    int exponent = Float.floatToRawIntBits(shifted) << 23;
    return Float.intBitsToFloat(Float.floatToRawIntBits(value) + exponent);
  }

  /// `exp(x - n ln 2) - 1` for the integer n nearest to `x / ln 2`.
  private static float expm1(float x, float n) {
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float p = Math.fma(EXP_5, r, EXP_4);
    p = Math.fma(p, r, EXP_3);
    p = Math.fma(p, r, EXP_2);
    p = Math.fma(p, r, EXP_1);
    p = Math.fma(p, r, EXP_0);
    return Math.fma(p, r * r, r);
  }

  /// tanh x within 3 ulp: `-q / (2 + q)` with `q = exp(-2|x|) - 1`, which keeps small x exact.
  public static float tanh(float x) {
    float argument = -2 * Math.min(Math.abs(x), TANH_HIGHEST);
    float shifted = Math.fma(argument, LOG2_E, ROUND);
    float power =
        Float.intBitsToFloat(
            (Float.floatToRawIntBits(shifted) << 23) + Float.floatToRawIntBits(1f));
    float q = Math.fma(power, expm1(argument, shifted - ROUND), power - 1);
    float size = Math.abs(q / (2 + q));
    return x < 0 ? -size : size;
  }

  /// `1 / (1 + exp(-x))` within 4 ulp.
  public static float logistic(float x) {
    float e = exp(-Math.abs(x));
    float s = 1 / (1 + e);
    return x < 0 ? e * s : s;
  }

  /// The normal distribution function Phi(x) within 8 ulp to x = -3 (3e-7 of its value beyond,
  /// times what rounding x^2 costs), given `density = exp(-x^2 / 2)`, which its derivative needs as
  /// well.
  public static float normal(float x, float density) {
    float t = 1 / Math.fma(MILLS_T, Math.abs(x), 1);
    float p = Math.fma(MILLS_7, t, MILLS_6);
    p = Math.fma(p, t, MILLS_5);
    p = Math.fma(p, t, MILLS_4);
    p = Math.fma(p, t, MILLS_3);
    p = Math.fma(p, t, MILLS_2);
    p = Math.fma(p, t, MILLS_1);
    p = Math.fma(p, t, MILLS_0);
    float tail = p * t * density;
    return x < 0 ? tail : 1 - tail;
  }
}

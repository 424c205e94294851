package dev.fader.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// exp and tanh of a vector of float32. Small enough that the compiler puts them in line.
final class VectorMath {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;

  private static final int LANES = FLOATS.length();
  private static final VectorShuffle<Float> SWAP_8 = swap(8);
  private static final VectorShuffle<Float> SWAP_4 = swap(4);
  private static final VectorShuffle<Float> SWAP_2 = swap(2);
  private static final VectorShuffle<Float> SWAP_1 = swap(1);

  /// Below this exp is flushed to 0: 2^-126, the last normal number, lies just beneath.
  private static final float EXP_LOWEST = -87.33f;

  private static final float LOG2_E = 1.442695f;

  /// Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits of the sum.
  private static final float ROUND = 12582912f;

  /// ln 2 in two parts: the product of the first with any exponent is exact.
  private static final float LN2_HIGH = 0.6933594f;

  private static final float LN2_LOW = -2.1219444e-4f;

  /// tanh is 1 in float32 from here on.
  private static final float TANH_HIGHEST = 10f;

  private VectorMath() {}

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) % LANES);
  }

  /// e^x within 2 ulp for x <= 88.7, exactly 0 below -87.33; beyond 88.7 it is not defined.
  static FloatVector exp(FloatVector x) {
    var shifted = x.fma(broadcast(LOG2_E), broadcast(ROUND));
    IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    FloatVector value = expm1(x, shifted.sub(ROUND)).add(1f);
    FloatVector power = value.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    return power.blend(0f, x.lt(EXP_LOWEST));
  }

  /// tanh x within 3 ulp: `|q / (2 + q)|` with `q = exp(-2|x|) - 1`, which keeps small x exact.
  static FloatVector tanh(FloatVector x) {
    FloatVector argument = x.abs().min(TANH_HIGHEST).mul(-2f);
    var shifted = argument.fma(broadcast(LOG2_E), broadcast(ROUND));
    IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    FloatVector power = exponent.add(Float.floatToRawIntBits(1f)).reinterpretAsFloats();
    FloatVector q = power.fma(expm1(argument, shifted.sub(ROUND)), power.sub(1f));
    FloatVector magnitude = q.div(q.add(2f)).abs();
    return magnitude.blend(magnitude.neg(), x.lt(0f));
  }

  /// `exp(x - n ln 2) - 1` by the polynomial of Cephes' expf (Moshier).
  private static FloatVector expm1(FloatVector x, FloatVector n) {
    FloatVector r = n.fma(broadcast(-LN2_LOW), n.fma(broadcast(-LN2_HIGH), x));
    FloatVector p = r.fma(broadcast(1.987569e-4f), broadcast(1.3981999e-3f));
    p = p.fma(r, broadcast(8.333452e-3f));
    p = p.fma(r, broadcast(4.1665796e-2f));
    p = p.fma(r, broadcast(1.6666666e-1f));
    p = p.fma(r, broadcast(5.0e-1f));
    return p.fma(r.mul(r), r);
  }

  /// The sum of all lanes, by halving. The order is fixed, which that of `reduceLanes` is not: it
  /// differs between the interpreter and compiled code, and with it the last bit of every result.
  static float sum(FloatVector x) {
    if (LANES >= 16) {
      x = x.add(x.rearrange(SWAP_8));
    }
    if (LANES >= 8) {
      x = x.add(x.rearrange(SWAP_4));
    }
    x = x.add(x.rearrange(SWAP_2));
    return x.add(x.rearrange(SWAP_1)).lane(0);
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}

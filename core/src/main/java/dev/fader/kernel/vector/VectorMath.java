package dev.fader.kernel.vector;

import static dev.fader.kernel.vector.Lanes.FLOATS;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The functions of [ScalarMath], lane by lane, to the bit.
///
/// Loops that do much besides write the polynomials out instead of calling these. The compiler
/// gives up inlining a method at 18,000 nodes, which is some sixty vector operations with what is
/// inlined around them, and what it leaves out takes its vectors from the heap. Written out, such a
/// loop is also too long (325 bytes) to be inlined itself, which keeps two of them from sharing one
/// budget.
public final class VectorMath {
  public static final VectorSpecies<Double> DOUBLES = FLOATS.withLanes(double.class);

  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(FLOATS, 8, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(FLOATS, 1, 1, true);
  private static final VectorShuffle<Double> DOUBLES_BY_4 = VectorShuffle.iota(DOUBLES, 4, 1, true);
  private static final VectorShuffle<Double> DOUBLES_BY_2 = VectorShuffle.iota(DOUBLES, 2, 1, true);
  private static final VectorShuffle<Double> DOUBLES_BY_1 = VectorShuffle.iota(DOUBLES, 1, 1, true);

  // Constants are vectors already: broadcasts in the methods would cost the compiler's budget for
  // inlining, and a method that is not inlined puts its vectors on the heap.
  public static final FloatVector LOG2_E = all(ScalarMath.LOG2_E);
  public static final FloatVector ROUND = all(ScalarMath.ROUND);
  public static final FloatVector MINUS_LN2_HIGH = all(-ScalarMath.LN2_HIGH);
  public static final FloatVector MINUS_LN2_LOW = all(-ScalarMath.LN2_LOW);
  public static final FloatVector EXP_0 = all(ScalarMath.EXP_0);
  public static final FloatVector EXP_1 = all(ScalarMath.EXP_1);
  public static final FloatVector EXP_2 = all(ScalarMath.EXP_2);
  public static final FloatVector EXP_3 = all(ScalarMath.EXP_3);
  public static final FloatVector EXP_4 = all(ScalarMath.EXP_4);
  public static final FloatVector EXP_5 = all(ScalarMath.EXP_5);
  public static final FloatVector MILLS_T = all(ScalarMath.MILLS_T);
  public static final FloatVector MILLS_0 = all(ScalarMath.MILLS_0);
  public static final FloatVector MILLS_1 = all(ScalarMath.MILLS_1);
  public static final FloatVector MILLS_2 = all(ScalarMath.MILLS_2);
  public static final FloatVector MILLS_3 = all(ScalarMath.MILLS_3);
  public static final FloatVector MILLS_4 = all(ScalarMath.MILLS_4);
  public static final FloatVector MILLS_5 = all(ScalarMath.MILLS_5);
  public static final FloatVector MILLS_6 = all(ScalarMath.MILLS_6);
  public static final FloatVector MILLS_7 = all(ScalarMath.MILLS_7);
  private static final FloatVector ONE = all(1);

  private VectorMath() {}

  /// As [ScalarMath#exp].
  public static FloatVector exp(FloatVector x) {
    var shifted = x.fma(LOG2_E, ROUND);
    var n = shifted.sub(ROUND);
    var r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
    var p = r.fma(EXP_5, EXP_4);
    p = p.fma(r, EXP_3);
    p = p.fma(r, EXP_2);
    p = p.fma(r, EXP_1);
    p = p.fma(r, EXP_0);
    var value = p.fma(r.mul(r), r).add(ONE);
    var exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    var power = value.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    return power.blend(0, x.compare(VectorOperators.LT, ScalarMath.EXP_LOWEST));
  }

  /// As [ScalarMath#tanh].
  public static FloatVector tanh(FloatVector x) {
    var argument = x.abs().min(ScalarMath.TANH_HIGHEST).mul(-2);
    var shifted = argument.fma(LOG2_E, ROUND);
    var power =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 23)
            .add(Float.floatToRawIntBits(1f))
            .reinterpretAsFloats();
    var n = shifted.sub(ROUND);
    var r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, argument));
    var p = r.fma(EXP_5, EXP_4);
    p = p.fma(r, EXP_3);
    p = p.fma(r, EXP_2);
    p = p.fma(r, EXP_1);
    p = p.fma(r, EXP_0);
    var q = power.fma(p.fma(r.mul(r), r), power.sub(ONE));
    var size = q.div(q.add(2)).abs();
    return size.blend(size.neg(), x.compare(VectorOperators.LT, 0));
  }

  private static FloatVector all(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  /// The sum of the lanes in an order of our own: that of `reduceLanes` is not defined, and the
  /// interpreter's differs from the compiler's, which would show in the bits of a run.
  public static float sum(FloatVector v) {
    var sum = v;
    if (FLOATS.length() >= 16) {
      sum = sum.add(sum.rearrange(BY_8));
    }
    if (FLOATS.length() >= 8) {
      sum = sum.add(sum.rearrange(BY_4));
    }
    sum = sum.add(sum.rearrange(BY_2));
    return sum.add(sum.rearrange(BY_1)).lane(0);
  }

  /// The sum of the lanes in an order of our own.
  public static double sum(DoubleVector v) {
    var sum = v;
    if (DOUBLES.length() >= 8) {
      sum = sum.add(sum.rearrange(DOUBLES_BY_4));
    }
    if (DOUBLES.length() >= 4) {
      sum = sum.add(sum.rearrange(DOUBLES_BY_2));
    }
    return sum.add(sum.rearrange(DOUBLES_BY_1)).lane(0);
  }
}

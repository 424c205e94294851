package dev.fader.kernel.statistics;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.VectorMath.DOUBLES;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.fader.kernel.vector.VectorMath;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API twin. Extremes and counts are those of the reference to the bit; sums of doubles
/// are taken by lanes, so that they differ in their last bits.
record VectorRun() implements RunStatistics.Loops {
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final int HALF = DOUBLES.length();
  private static final int INFINITY = 0x7f80_0000;
  private static final int MAGNITUDE = 0x7fff_ffff;

  @Override
  public void range(float[] x, int count, RunSums sums) {
    int bound = FLOATS.loopBound(count);
    // As integers, with the magnitude of negative ones turned round, floats keep their order, and
    // what is not finite lies outside of the finite ones; comparing floats would cost more.
    var least = IntVector.broadcast(INTS, MAGNITUDE);
    var greatest = IntVector.broadcast(INTS, ~MAGNITUDE);
    long zeros = 0;
    for (int i = 0; i < bound; i += LANES) {
      var bits = FloatVector.fromArray(FLOATS, x, i).reinterpretAsInts();
      var ordered = bits.lanewise(ASHR, 31).and(MAGNITUDE).lanewise(XOR, bits);
      least = least.min(ordered);
      greatest = greatest.max(ordered);
      zeros += bits.and(MAGNITUDE).eq(0).trueCount();
    }
    int low = least.reduceLanes(MIN);
    int high = greatest.reduceLanes(MAX);
    for (int i = bound; i < count; i++) {
      int bits = Float.floatToRawIntBits(x[i]);
      int ordered = bits ^ (bits >> 31 & MAGNITUDE);
      low = Math.min(low, ordered);
      high = Math.max(high, ordered);
      zeros += (bits & MAGNITUDE) == 0 ? 1 : 0;
    }
    if (count == 0 || low <= ~INFINITY || high >= INFINITY) {
      new ScalarRun().range(x, count, sums);
      return;
    }
    sums.least = number(low);
    sums.greatest = number(high);
    sums.zeros = zeros;
    sums.notNumbers = 0;
    sums.infinities = 0;
  }

  /// -0 counts as 0.
  private static float number(int ordered) {
    return Float.intBitsToFloat(ordered ^ (ordered >> 31 & MAGNITUDE)) + 0f;
  }

  @Override
  public void powers(float[] x, int count, RunSums sums, double[] columns, int column) {
    if (sums.least == sums.greatest) {
      squares(x, count, columns, column);
      sums.setPowers(count, 0, 0, 0, 0, 0);
      return;
    }
    double pivot = roughMean(x, count);
    int bound = FLOATS.loopBound(count);
    var first1 = DoubleVector.zero(DOUBLES);
    var first2 = DoubleVector.zero(DOUBLES);
    var first3 = DoubleVector.zero(DOUBLES);
    var first4 = DoubleVector.zero(DOUBLES);
    var second1 = DoubleVector.zero(DOUBLES);
    var second2 = DoubleVector.zero(DOUBLES);
    var second3 = DoubleVector.zero(DOUBLES);
    var second4 = DoubleVector.zero(DOUBLES);
    var centre = DoubleVector.broadcast(DOUBLES, pivot);
    for (int i = 0; i < bound; i += LANES) {
      var both = FloatVector.fromArray(FLOATS, x, i);
      var a = (DoubleVector) both.convertShape(F2D, DOUBLES, 0);
      var b = (DoubleVector) both.convertShape(F2D, DOUBLES, 1);
      int at = column + i;
      a.fma(a, DoubleVector.fromArray(DOUBLES, columns, at)).intoArray(columns, at);
      b.fma(b, DoubleVector.fromArray(DOUBLES, columns, at + HALF)).intoArray(columns, at + HALF);
      a = a.sub(centre);
      b = b.sub(centre);
      var aa = a.mul(a);
      var bb = b.mul(b);
      first1 = first1.add(a);
      second1 = second1.add(b);
      first2 = first2.add(aa);
      second2 = second2.add(bb);
      first3 = aa.fma(a, first3);
      second3 = bb.fma(b, second3);
      first4 = aa.fma(aa, first4);
      second4 = bb.fma(bb, second4);
    }
    double s1 = VectorMath.sum(first1.add(second1));
    double s2 = VectorMath.sum(first2.add(second2));
    double s3 = VectorMath.sum(first3.add(second3));
    double s4 = VectorMath.sum(first4.add(second4));
    for (int i = bound; i < count; i++) {
      double d = x[i] - pivot;
      double dd = d * d;
      s1 += d;
      s2 += dd;
      s3 += dd * d;
      s4 += dd * dd;
      columns[column + i] += (double) x[i] * x[i];
    }
    sums.setPowers(count, pivot, s1, s2, s3, s4);
  }

  private static void squares(float[] x, int count, double[] columns, int column) {
    for (int i = 0; i < count; i++) {
      columns[column + i] += (double) x[i] * x[i];
    }
  }

  /// In float32, which is near enough; 0 where that overflows.
  private static double roughMean(float[] x, int count) {
    var even = FloatVector.zero(FLOATS);
    var odd = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i + 2 * LANES <= count; i += 2 * LANES) {
      even = even.add(FloatVector.fromArray(FLOATS, x, i));
      odd = odd.add(FloatVector.fromArray(FLOATS, x, i + LANES));
    }
    float sum = VectorMath.sum(even.add(odd));
    for (; i < count; i++) {
      sum += x[i];
    }
    return Float.isFinite(sum) ? sum / count : 0;
  }
}

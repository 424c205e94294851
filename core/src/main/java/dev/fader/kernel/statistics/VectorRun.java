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
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API twin. Extremes and counts are those of the reference to the bit; sums of doubles
/// are taken by lanes, so that they differ in their last bits.
///
/// Sums are doubles from the first addition on: widening eight numbers is one operation of nine,
/// and in float32, whose vectors hold twice as many, moments would be wrong in their eighth digit.
record VectorRun() implements RunStatistics.Loops {
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();

  /// As many floats as a vector has doubles.
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  private static final int WIDE = DOUBLES.length();
  private static final int INFINITY = 0x7f80_0000;
  private static final int MAGNITUDE = 0x7fff_ffff;
  private static final int SIGN = 0x8000_0000;

  @Override
  public void range(float[] x, RunSums sums) {
    int count = sums.count();
    int bound = FLOATS.loopBound(count);
    // The bits of the greatest number are the greatest integer if one number is not negative, those
    // of the least the greatest without a sign if one is; what is not finite exceeds both.
    var greatest = IntVector.broadcast(INTS, SIGN);
    var least = IntVector.broadcast(INTS, SIGN);
    int zeros = 0;
    for (int i = 0; i < bound; i += LANES) {
      var numbers = FloatVector.fromArray(FLOATS, x, i);
      var bits = numbers.reinterpretAsInts();
      greatest = greatest.max(bits);
      least = least.max(bits.lanewise(XOR, SIGN));
      zeros += numbers.eq(0f).trueCount();
    }
    int high = greatest.reduceLanes(MAX);
    int low = least.reduceLanes(MAX);
    for (int i = bound; i < count; i++) {
      int bits = Float.floatToRawIntBits(x[i]);
      high = Math.max(high, bits);
      low = Math.max(low, bits ^ SIGN);
      zeros += (bits & MAGNITUDE) == 0 ? 1 : 0;
    }
    if (count == 0 || high >= INFINITY || low >= INFINITY) {
      new ScalarRun().range(x, sums);
      return;
    }
    sums.zeros = zeros;
    sums.notNumbers = 0;
    sums.infinities = 0;
    if (high < 0 || low < 0) {
      ofOneSign(x, count, sums);
      return;
    }
    // -0 counts as 0.
    sums.greatest = Float.intBitsToFloat(high) + 0f;
    sums.least = Float.intBitsToFloat(low ^ SIGN) + 0f;
  }

  /// Extremes by integers that have the order of the numbers: with the magnitude of negative ones
  /// turned round.
  private static void ofOneSign(float[] x, int count, RunSums sums) {
    int bound = FLOATS.loopBound(count);
    var least = IntVector.broadcast(INTS, MAGNITUDE);
    var greatest = IntVector.broadcast(INTS, SIGN);
    for (int i = 0; i < bound; i += LANES) {
      var bits = FloatVector.fromArray(FLOATS, x, i).reinterpretAsInts();
      var ordered = bits.lanewise(ASHR, 31).and(MAGNITUDE).lanewise(XOR, bits);
      least = least.min(ordered);
      greatest = greatest.max(ordered);
    }
    int low = least.reduceLanes(MIN);
    int high = greatest.reduceLanes(MAX);
    for (int i = bound; i < count; i++) {
      int bits = Float.floatToRawIntBits(x[i]);
      int ordered = bits ^ (bits >> 31 & MAGNITUDE);
      low = Math.min(low, ordered);
      high = Math.max(high, ordered);
    }
    sums.least = Float.intBitsToFloat(low ^ (low >> 31 & MAGNITUDE)) + 0f;
    sums.greatest = Float.intBitsToFloat(high ^ (high >> 31 & MAGNITUDE)) + 0f;
  }

  @Override
  public void powers(float[] x, RunSums sums, double[] columns, int column) {
    var powers = new Powers();
    if (sums.rows == RunStatistics.ROWS) {
      powers.ofFour(x, sums, columns, column);
    } else {
      powers.ofOne(x, sums, columns, column);
    }
    if (sums.least == sums.greatest) {
      sums.setSame();
      return;
    }
    int count = sums.count();
    double mean = powers.s1 / count;
    // Where the mean is less than a deviation, moments about zero lose a few bits of 53.
    if (mean * powers.s1 > powers.s2 / 2) {
      powers.about(mean, x, count);
      sums.setPowers(count, mean, powers.s1, powers.s2, powers.s3, powers.s4);
    } else {
      sums.setPowers(count, 0, powers.s1, powers.s2, powers.s3, powers.s4);
    }
  }

  /// The sums of powers of a run.
  private static final class Powers {
    double s1;
    double s2;
    double s3;
    double s4;

    void clear() {
      s1 = 0;
      s2 = 0;
      s3 = 0;
      s4 = 0;
    }

    void add(double d) {
      double dd = d * d;
      s1 += d;
      s2 += dd;
      s3 += dd * d;
      s4 += dd * dd;
    }

    /// One square of each row is added to a column before it is stored again.
    void ofFour(float[] x, RunSums sums, double[] columns, int column) {
      int count = sums.columns;
      int bound = DOUBLES.loopBound(count);
      var a1 = DoubleVector.zero(DOUBLES);
      var a2 = DoubleVector.zero(DOUBLES);
      var a3 = DoubleVector.zero(DOUBLES);
      var a4 = DoubleVector.zero(DOUBLES);
      var b1 = DoubleVector.zero(DOUBLES);
      var b2 = DoubleVector.zero(DOUBLES);
      var b3 = DoubleVector.zero(DOUBLES);
      var b4 = DoubleVector.zero(DOUBLES);
      var c1 = DoubleVector.zero(DOUBLES);
      var c2 = DoubleVector.zero(DOUBLES);
      var c3 = DoubleVector.zero(DOUBLES);
      var c4 = DoubleVector.zero(DOUBLES);
      var d1 = DoubleVector.zero(DOUBLES);
      var d2 = DoubleVector.zero(DOUBLES);
      var d3 = DoubleVector.zero(DOUBLES);
      var d4 = DoubleVector.zero(DOUBLES);
      for (int i = 0; i < bound; i += WIDE) {
        var a = (DoubleVector) FloatVector.fromArray(HALF, x, i).convertShape(F2D, DOUBLES, 0);
        var b =
            (DoubleVector) FloatVector.fromArray(HALF, x, count + i).convertShape(F2D, DOUBLES, 0);
        var c =
            (DoubleVector)
                FloatVector.fromArray(HALF, x, 2 * count + i).convertShape(F2D, DOUBLES, 0);
        var d =
            (DoubleVector)
                FloatVector.fromArray(HALF, x, 3 * count + i).convertShape(F2D, DOUBLES, 0);
        var aa = a.mul(a);
        var bb = b.mul(b);
        var cc = c.mul(c);
        var dd = d.mul(d);
        int at = column + i;
        DoubleVector.fromArray(DOUBLES, columns, at)
            .add(aa.add(bb).add(cc.add(dd)))
            .intoArray(columns, at);
        a1 = a1.add(a);
        b1 = b1.add(b);
        c1 = c1.add(c);
        d1 = d1.add(d);
        a2 = a2.add(aa);
        b2 = b2.add(bb);
        c2 = c2.add(cc);
        d2 = d2.add(dd);
        a3 = aa.fma(a, a3);
        b3 = bb.fma(b, b3);
        c3 = cc.fma(c, c3);
        d3 = dd.fma(d, d3);
        a4 = aa.fma(aa, a4);
        b4 = bb.fma(bb, b4);
        c4 = cc.fma(cc, c4);
        d4 = dd.fma(dd, d4);
      }
      clear();
      sums.squares[0] = VectorMath.sum(a2);
      sums.squares[1] = VectorMath.sum(b2);
      sums.squares[2] = VectorMath.sum(c2);
      sums.squares[3] = VectorMath.sum(d2);
      for (int row = 0; row < RunStatistics.ROWS; row++) {
        for (int i = bound; i < count; i++) {
          addSquare(x[row * count + i], row, sums, columns, column + i);
        }
      }
      s1 += VectorMath.sum(a1.add(b1).add(c1.add(d1)));
      s2 = sums.squares[0] + sums.squares[1] + (sums.squares[2] + sums.squares[3]);
      s3 += VectorMath.sum(a3.add(b3).add(c3.add(d3)));
      s4 += VectorMath.sum(a4.add(b4).add(c4.add(d4)));
    }

    private void addSquare(double d, int row, RunSums sums, double[] columns, int column) {
      add(d);
      sums.squares[row] += d * d;
      columns[column] += d * d;
    }

    void ofOne(float[] x, RunSums sums, double[] columns, int column) {
      int count = sums.columns;
      int bound = FLOATS.loopBound(count);
      var a1 = DoubleVector.zero(DOUBLES);
      var a2 = DoubleVector.zero(DOUBLES);
      var a3 = DoubleVector.zero(DOUBLES);
      var a4 = DoubleVector.zero(DOUBLES);
      var b1 = DoubleVector.zero(DOUBLES);
      var b2 = DoubleVector.zero(DOUBLES);
      var b3 = DoubleVector.zero(DOUBLES);
      var b4 = DoubleVector.zero(DOUBLES);
      for (int i = 0; i < bound; i += LANES) {
        var a = (DoubleVector) FloatVector.fromArray(HALF, x, i).convertShape(F2D, DOUBLES, 0);
        var b =
            (DoubleVector) FloatVector.fromArray(HALF, x, i + WIDE).convertShape(F2D, DOUBLES, 0);
        var aa = a.mul(a);
        var bb = b.mul(b);
        int at = column + i;
        DoubleVector.fromArray(DOUBLES, columns, at).add(aa).intoArray(columns, at);
        DoubleVector.fromArray(DOUBLES, columns, at + WIDE).add(bb).intoArray(columns, at + WIDE);
        a1 = a1.add(a);
        b1 = b1.add(b);
        a2 = a2.add(aa);
        b2 = b2.add(bb);
        a3 = aa.fma(a, a3);
        b3 = bb.fma(b, b3);
        a4 = aa.fma(aa, a4);
        b4 = bb.fma(bb, b4);
      }
      clear();
      sums.squares[0] = VectorMath.sum(a2.add(b2));
      for (int i = bound; i < count; i++) {
        addSquare(x[i], 0, sums, columns, column + i);
      }
      s1 += VectorMath.sum(a1.add(b1));
      s2 = sums.squares[0];
      s3 += VectorMath.sum(a3.add(b3));
      s4 += VectorMath.sum(a4.add(b4));
    }

    /// Of distances from `pivot`.
    void about(double pivot, float[] x, int count) {
      int bound = FLOATS.loopBound(count);
      var centre = DoubleVector.broadcast(DOUBLES, pivot);
      var a1 = DoubleVector.zero(DOUBLES);
      var a2 = DoubleVector.zero(DOUBLES);
      var a3 = DoubleVector.zero(DOUBLES);
      var a4 = DoubleVector.zero(DOUBLES);
      var b1 = DoubleVector.zero(DOUBLES);
      var b2 = DoubleVector.zero(DOUBLES);
      var b3 = DoubleVector.zero(DOUBLES);
      var b4 = DoubleVector.zero(DOUBLES);
      for (int i = 0; i < bound; i += LANES) {
        var a = (DoubleVector) FloatVector.fromArray(HALF, x, i).convertShape(F2D, DOUBLES, 0);
        var b =
            (DoubleVector) FloatVector.fromArray(HALF, x, i + WIDE).convertShape(F2D, DOUBLES, 0);
        a = a.sub(centre);
        b = b.sub(centre);
        var aa = a.mul(a);
        var bb = b.mul(b);
        a1 = a1.add(a);
        b1 = b1.add(b);
        a2 = a2.add(aa);
        b2 = b2.add(bb);
        a3 = aa.fma(a, a3);
        b3 = bb.fma(b, b3);
        a4 = aa.fma(aa, a4);
        b4 = bb.fma(bb, b4);
      }
      clear();
      for (int i = bound; i < count; i++) {
        add(x[i] - pivot);
      }
      s1 += VectorMath.sum(a1.add(b1));
      s2 += VectorMath.sum(a2.add(b2));
      s3 += VectorMath.sum(a3.add(b3));
      s4 += VectorMath.sum(a4.add(b4));
    }
  }
}

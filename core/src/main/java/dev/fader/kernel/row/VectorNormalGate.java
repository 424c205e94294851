package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.start;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.ScalarMath;
import dev.fader.kernel.vector.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin of GELU proper, `x * Phi(x)`.
record VectorNormalGate(ScalarActivation scalar) implements Activations.Loops {

  /// exp and Mills' ratio are written out, as [VectorMath] says.
  @Override
  public void apply(Matrix x, Results results, int row) {
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
    var one = FloatVector.broadcast(FLOATS, 1);
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += FLOATS.length()) {
      long at = (long) c << 2;
      var v = FloatVector.fromMemorySegment(FLOATS, in, inStart + at, ORDER);
      var minus = v.mul(v).mul(-0.5f);
      var shifted = minus.fma(VectorMath.LOG2_E, VectorMath.ROUND);
      var n = shifted.sub(VectorMath.ROUND);
      var r = n.fma(VectorMath.MINUS_LN2_LOW, n.fma(VectorMath.MINUS_LN2_HIGH, minus));
      var p = r.fma(VectorMath.EXP_5, VectorMath.EXP_4);
      p = p.fma(r, VectorMath.EXP_3);
      p = p.fma(r, VectorMath.EXP_2);
      p = p.fma(r, VectorMath.EXP_1);
      p = p.fma(r, VectorMath.EXP_0);
      p = p.fma(r.mul(r), r).add(1);
      var power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      var density =
          p.reinterpretAsInts()
              .add(power)
              .reinterpretAsFloats()
              .blend(0, minus.compare(VectorOperators.LT, ScalarMath.EXP_LOWEST));
      var t = one.div(v.abs().fma(VectorMath.MILLS_T, one));
      var mills = t.fma(VectorMath.MILLS_7, VectorMath.MILLS_6);
      mills = mills.fma(t, VectorMath.MILLS_5);
      mills = mills.fma(t, VectorMath.MILLS_4);
      mills = mills.fma(t, VectorMath.MILLS_3);
      mills = mills.fma(t, VectorMath.MILLS_2);
      mills = mills.fma(t, VectorMath.MILLS_1);
      mills = mills.fma(t, VectorMath.MILLS_0);
      var tail = mills.mul(t).mul(density);
      var normal = one.sub(tail).blend(tail, v.compare(VectorOperators.LT, 0));
      if (wantsValue) {
        v.mul(normal).intoMemorySegment(values, valueStart + at, ORDER);
      }
      if (wantsSlope) {
        density
            .mul(ScalarMath.NORMAL_PEAK)
            .fma(v, normal)
            .intoMemorySegment(slopes, slopeStart + at, ORDER);
      }
    }
    scalar.apply(x, results, row, c);
  }
}

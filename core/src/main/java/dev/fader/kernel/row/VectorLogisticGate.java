package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.start;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.ScalarMath;
import dev.fader.kernel.vector.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The Vector API twin of the activations `x * logistic(linear * x + cubic * x^3)`: SILU, and GELU
/// through a tanh or a logistic.
record VectorLogisticGate(ScalarActivation scalar, float linear, float cubic)
    implements Activations.Loops {

  /// exp is written out, as [VectorMath] says.
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
    var linears = FloatVector.broadcast(FLOATS, linear);
    var cubics = FloatVector.broadcast(FLOATS, cubic);
    var threeCubics = FloatVector.broadcast(FLOATS, 3 * cubic);
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += FLOATS.length()) {
      long at = (long) c << 2;
      var v = FloatVector.fromMemorySegment(FLOATS, in, inStart + at, ORDER);
      var square = v.mul(v);
      var argument = v.mul(square.fma(cubics, linears));
      var minus = argument.abs().neg();
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
      var e =
          p.reinterpretAsInts()
              .add(power)
              .reinterpretAsFloats()
              .blend(0, minus.compare(VectorOperators.LT, ScalarMath.EXP_LOWEST));
      var s = one.div(e.add(one));
      var logistic = s.blend(e.mul(s), argument.compare(VectorOperators.LT, 0));
      if (wantsValue) {
        v.mul(logistic).intoMemorySegment(values, valueStart + at, ORDER);
      }
      if (wantsSlope) {
        var rise = logistic.mul(one.sub(logistic)).mul(v);
        rise.fma(square.fma(threeCubics, linears), logistic)
            .intoMemorySegment(slopes, slopeStart + at, ORDER);
      }
    }
    scalar.apply(x, results, row, c);
  }
}

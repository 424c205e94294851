package dev.fader.kernel;

import static dev.fader.kernel.Floats.get;
import static dev.fader.kernel.Floats.set;
import static dev.fader.kernel.Floats.start;
import static dev.fader.kernel.Lanes.FLOATS;
import static dev.fader.kernel.Lanes.ORDER;
import static dev.fader.kernel.Lanes.load;
import static dev.fader.kernel.Lanes.store;

/// The Vector API twin of GELU proper, `x * Phi(x)`.
record VectorNormalGate(ScalarActivation scalar) implements ActivationLoops {
  private static final int LANES = FLOATS.length();

  @Override
  public void value(Matrix x, Matrix y, int row) {
    var in = x.tensor().segment();
    var out = y.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(y, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var at = load(in, inStart, c);
      var density = VectorMath.exp(at.mul(at).mul(-0.5f));
      store(at.mul(VectorMath.normal(at, density)), out, outStart, c);
    }
    for (; c < columns; c++) {
      set(out, outStart, c, scalar.value(get(in, inStart, c)));
    }
  }

  @Override
  public void slope(Matrix x, Matrix value, Matrix slope, int row) {
    var in = x.tensor().segment();
    var values = value.tensor().segment();
    var slopes = slope.tensor().segment();
    long inStart = start(x, row);
    long valueStart = start(value, row);
    long slopeStart = start(slope, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var at = load(in, inStart, c);
      var density = VectorMath.exp(at.mul(at).mul(-0.5f));
      var normal = VectorMath.normal(at, density);
      // Not by way of a method of ours: this loop is at the end of the compiler's budget for
      // inlining.
      long byteOffset = (long) c << 2;
      at.mul(normal).intoMemorySegment(values, valueStart + byteOffset, ORDER);
      density
          .mul(ScalarMath.NORMAL_PEAK)
          .fma(at, normal)
          .intoMemorySegment(slopes, slopeStart + byteOffset, ORDER);
    }
    for (; c < columns; c++) {
      float at = get(in, inStart, c);
      set(values, valueStart, c, scalar.value(at));
      set(slopes, slopeStart, c, scalar.slope(at));
    }
  }
}

package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.start;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.load;
import static dev.fader.kernel.vector.Lanes.store;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API twin. What is left of a row behind its last whole vector goes through the
/// reference, which gives the same bits.
record VectorElementwise() implements Elementwise.Loops {
  private static final int LANES = FLOATS.length();
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  private static final IntVector IOTA = IntVector.zero(INTS).addIndex(1);

  /// The even and the odd of two vectors' elements, and the way back.
  private static final VectorShuffle<Float> EVEN = VectorShuffle.makeUnzip(FLOATS, 0);

  private static final VectorShuffle<Float> ODD = VectorShuffle.makeUnzip(FLOATS, 1);
  private static final VectorShuffle<Float> LOWER = VectorShuffle.makeZip(FLOATS, 0);
  private static final VectorShuffle<Float> UPPER = VectorShuffle.makeZip(FLOATS, 1);

  @Override
  public void add(Matrix a, Matrix b, Matrix sum, int row) {
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    var out = sum.tensor().segment();
    long leftStart = start(a, row);
    long rightStart = start(b, row);
    long outStart = start(sum, row);
    int columns = sum.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      store(load(left, leftStart, c).add(load(right, rightStart, c)), out, outStart, c);
    }
    ScalarElementwise.add(a, b, sum, row, c);
  }

  @Override
  public void multiply(Matrix factor, Matrix product, int row) {
    var in = factor.tensor().segment();
    var out = product.tensor().segment();
    long inStart = start(factor, row);
    long outStart = start(product, row);
    int columns = product.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      store(load(out, outStart, c).mul(load(in, inStart, c)), out, outStart, c);
    }
    ScalarElementwise.multiply(factor, product, row, c);
  }

  @Override
  public void multiplyGated(Matrix up, Activations.Gradient gradient, int row) {
    var ups = up.tensor().segment();
    var dy = gradient.output().tensor().segment();
    var dx = gradient.input().tensor().segment();
    long upStart = start(up, row);
    long dyStart = start(gradient.output(), row);
    long gateStart = start(gradient.input(), row);
    int width = up.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(width); c += LANES) {
      var g = load(dy, dyStart, c);
      store(load(dx, gateStart, c).mul(g.mul(load(ups, upStart, c))), dx, gateStart, c);
      store(load(dx, gateStart, width + c).mul(g), dx, gateStart, width + c);
    }
    ScalarElementwise.multiplyGated(up, gradient, row, c);
  }

  @Override
  public void accumulate(Matrix x, int row, Matrix into, int intoRow) {
    var in = x.tensor().segment();
    var out = into.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(into, intoRow);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      store(load(out, outStart, c).add(load(in, inStart, c)), out, outStart, c);
    }
    ScalarElementwise.accumulate(x, row, into, intoRow, c);
  }

  @Override
  public void accumulate(Matrix x, int row, float factor, Matrix into, int intoRow) {
    var in = x.tensor().segment();
    var out = into.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(into, intoRow);
    var factors = FloatVector.broadcast(FLOATS, factor);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      store(factors.fma(load(in, inStart, c), load(out, outStart, c)), out, outStart, c);
    }
    ScalarElementwise.accumulate(x, row, factor, into, intoRow, c);
  }

  @Override
  public float dot(Matrix a, Matrix b, int row) {
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    long leftStart = start(a, row);
    long rightStart = start(b, row);
    var sum = FloatVector.zero(FLOATS);
    int columns = a.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      sum = load(left, leftStart, c).fma(load(right, rightStart, c), sum);
    }
    return (float) (VectorMath.sum(sum) + ScalarElementwise.dot(a, b, row, c));
  }

  @Override
  public void accumulate(Matrix x, int row, float[] sums) {
    var in = x.tensor().segment();
    long inStart = start(x, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      FloatVector.fromArray(FLOATS, sums, c).add(load(in, inStart, c)).intoArray(sums, c);
    }
    ScalarElementwise.accumulate(x, row, sums, c);
  }

  @Override
  public void accumulateProducts(Matrix a, Matrix b, int row, float[] sums) {
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    long leftStart = start(a, row);
    long rightStart = start(b, row);
    int columns = a.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var sum = FloatVector.fromArray(FLOATS, sums, c);
      load(left, leftStart, c).fma(load(right, rightStart, c), sum).intoArray(sums, c);
    }
    ScalarElementwise.accumulateProducts(a, b, row, sums, c);
  }

  @Override
  public void multiplyRow(Matrix x, Tensor factors, int row) {
    var in = factors.segment();
    var out = x.tensor().segment();
    long outStart = start(x, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      store(load(out, outStart, c).mul(load(in, 0, c)), out, outStart, c);
    }
    ScalarElementwise.multiplyRow(x, factors, row, c);
  }

  @Override
  public void addRow(Matrix x, Tensor bias, int row) {
    var in = bias.segment();
    var out = x.tensor().segment();
    long outStart = start(x, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      store(load(out, outStart, c).add(load(in, 0, c)), out, outStart, c);
    }
    ScalarElementwise.addRow(x, bias, row, c);
  }

  @Override
  public void addSigns(Matrix x, float factor, Matrix sum, int row) {
    var in = x.tensor().segment();
    var out = sum.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(sum, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var value = load(in, inStart, c);
      var slope =
          FloatVector.zero(FLOATS)
              .blend(factor, value.compare(VectorOperators.GT, 0))
              .blend(-factor, value.compare(VectorOperators.LT, 0));
      store(load(out, outStart, c).add(slope), out, outStart, c);
    }
    ScalarElementwise.addSigns(x, factor, sum, row, c);
  }

  @Override
  public void scale(Matrix x, float factor, int row) {
    var out = x.tensor().segment();
    long outStart = start(x, row);
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      store(load(out, outStart, c).mul(factor), out, outStart, c);
    }
    ScalarElementwise.scale(x, factor, row, c);
  }

  @Override
  public void softCap(Matrix x, float cap, int row) {
    var out = x.tensor().segment();
    long outStart = start(x, row);
    float inverse = 1 / cap;
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var tanh = VectorMath.tanh(load(out, outStart, c).mul(inverse));
      store(tanh.mul(cap), out, outStart, c);
    }
    ScalarElementwise.softCap(x, cap, row, c);
  }

  @Override
  public void softCapBackward(Matrix y, float cap, Matrix gradient, int row) {
    var in = y.tensor().segment();
    var out = gradient.tensor().segment();
    long inStart = start(y, row);
    long outStart = start(gradient, row);
    float inverse = 1 / cap;
    int columns = y.columns();
    int c = 0;
    var one = FloatVector.broadcast(FLOATS, 1);
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var tanh = load(in, inStart, c).mul(inverse);
      var slope = tanh.neg().fma(tanh, one);
      store(load(out, outStart, c).mul(slope), out, outStart, c);
    }
    ScalarElementwise.softCapBackward(y, cap, gradient, row, c);
  }

  @Override
  public void dropout(Dropout dropout, Matrix x, Matrix y, int row) {
    var in = x.tensor().segment();
    var out = y.tensor().segment();
    long inStart = start(x, row);
    long outStart = start(y, row);
    long key = dropout.rowKey(row);
    int threshold = dropout.threshold();
    float scale = dropout.keepScale();
    int columns = x.columns();
    int c = 0;
    for (; c < FLOATS.loopBound(columns); c += LANES) {
      var dropped = draws(key, c).compare(VectorOperators.LT, threshold).cast(FLOATS);
      store(load(in, inStart, c).mul(scale).blend(0, dropped), out, outStart, c);
    }
    ScalarElementwise.dropout(dropout, x, y, row, c);
  }

  /// As [Dropout#draw], for the columns from `column` on.
  private static IntVector draws(long rowKey, int column) {
    var h = IOTA.add(column + (int) rowKey);
    h = shiftXor(h, 16).mul(Dropout.MIX_1);
    h = shiftXor(h, 15).mul(Dropout.MIX_2);
    h = shiftXor(h, 16).lanewise(VectorOperators.XOR, (int) (rowKey >>> 32)).mul(Dropout.MIX_1);
    return shiftXor(h, 15).lanewise(VectorOperators.LSHR, 8);
  }

  private static IntVector shiftXor(IntVector h, int shift) {
    return h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, shift));
  }

  @Override
  public void rotate(Rotation rotation, Matrix x, int row, int position) {
    for (int head = 0, columns = x.columns(); head < columns; head += rotation.headSize()) {
      int firstLeft =
          rotation.interleaved()
              ? rotateNeighbours(rotation, x, row, position, head)
              : rotateHalves(rotation, x, row, position, head);
      ScalarElementwise.rotate(rotation, x, row, position, head, firstLeft);
    }
  }

  /// Rotates columns `i` and `i + half` and returns the first pair that is left.
  private static int rotateHalves(Rotation rotation, Matrix x, int row, int position, int head) {
    var angles = rotation.table().segment();
    var out = x.tensor().segment();
    int half = rotation.rotated() / 2;
    long cosines = ((long) position * rotation.rotated()) << 2;
    long sines = cosines + ((long) half << 2);
    float direction = rotation.inverse() ? -1 : 1;
    long first = start(x, row) + ((long) head << 2);
    long second = first + ((long) half << 2);
    int i = 0;
    for (; i < FLOATS.loopBound(half); i += LANES) {
      var cos = load(angles, cosines, i);
      var sin = load(angles, sines, i).mul(direction);
      var a = load(out, first, i);
      var b = load(out, second, i);
      store(a.fma(cos, b.mul(sin).neg()), out, first, i);
      store(b.fma(cos, a.mul(sin)), out, second, i);
    }
    return i;
  }

  /// Rotates columns `2i` and `2i + 1` and returns the first pair that is left.
  private static int rotateNeighbours(
      Rotation rotation, Matrix x, int row, int position, int head) {
    var angles = rotation.table().segment();
    var out = x.tensor().segment();
    int half = rotation.rotated() / 2;
    long cosines = ((long) position * rotation.rotated()) << 2;
    long sines = cosines + ((long) half << 2);
    float direction = rotation.inverse() ? -1 : 1;
    long start = start(x, row) + ((long) head << 2);
    int i = 0;
    for (; i < FLOATS.loopBound(half); i += LANES) {
      var cos = load(angles, cosines, i);
      var sin = load(angles, sines, i).mul(direction);
      var low = load(out, start, 2 * i);
      var high = load(out, start, 2 * i + LANES);
      var a = low.rearrange(EVEN, high);
      var b = low.rearrange(ODD, high);
      var rotatedA = a.fma(cos, b.mul(sin).neg());
      var rotatedB = b.fma(cos, a.mul(sin));
      store(rotatedA.rearrange(LOWER, rotatedB), out, start, 2 * i);
      store(rotatedA.rearrange(UPPER, rotatedB), out, start, 2 * i + LANES);
    }
    return i;
  }
}

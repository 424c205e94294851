package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// A row times columns of a float32 matrix whose rows are contiguous: sums of neighbouring columns
/// stand side by side. Each is one chain of fused multiply-adds in the order of the depth.
final class AcrossColumns {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// How many sums stand side by side.
  private static final int WIDTH = 8 * LANES;

  private AcrossColumns() {}

  /// Sets or adds to the elements of `c` from float `cAt` on, `cStride` apart, those of the columns
  /// `first` to `end - 1` of b.
  static void multiply(
      float[] x,
      int xAt,
      Matrix b,
      int first,
      int end,
      MemorySegment c,
      long cAt,
      long cStride,
      boolean add) {
    int column = first;
    for (; cStride == 1 && column + WIDTH <= end; column += WIDTH) {
      eight(x, xAt, b, column, c, (cAt + column - first) * 4, add);
    }
    for (; column < end; column++) {
      long at = (cAt + (column - first) * cStride) * 4;
      float sum = one(x, xAt, b, column);
      c.set(Floats.LAYOUT, at, add ? c.get(Floats.LAYOUT, at) + sum : sum);
    }
  }

  private static void eight(
      float[] x, int xAt, Matrix b, int column, MemorySegment c, long at, boolean add) {
    var memory = b.tensor().segment();
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    var sum4 = FloatVector.zero(FLOATS);
    var sum5 = FloatVector.zero(FLOATS);
    var sum6 = FloatVector.zero(FLOATS);
    var sum7 = FloatVector.zero(FLOATS);
    long start = (b.offset() + column) * 4;
    long stride = b.rowStride() * 4;
    int depth = b.rows();
    for (int k = 0; k < depth; k++) {
      var factor = FloatVector.broadcast(FLOATS, x[xAt + k]);
      long from = start + k * stride;
      sum0 = load(memory, from).fma(factor, sum0);
      sum1 = load(memory, from + LANES * 4L).fma(factor, sum1);
      sum2 = load(memory, from + LANES * 8L).fma(factor, sum2);
      sum3 = load(memory, from + LANES * 12L).fma(factor, sum3);
      sum4 = load(memory, from + LANES * 16L).fma(factor, sum4);
      sum5 = load(memory, from + LANES * 20L).fma(factor, sum5);
      sum6 = load(memory, from + LANES * 24L).fma(factor, sum6);
      sum7 = load(memory, from + LANES * 28L).fma(factor, sum7);
    }
    store(sum0, c, at, add);
    store(sum1, c, at + LANES * 4L, add);
    store(sum2, c, at + LANES * 8L, add);
    store(sum3, c, at + LANES * 12L, add);
    store(sum4, c, at + LANES * 16L, add);
    store(sum5, c, at + LANES * 20L, add);
    store(sum6, c, at + LANES * 24L, add);
    store(sum7, c, at + LANES * 28L, add);
  }

  private static FloatVector load(MemorySegment memory, long at) {
    return FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER);
  }

  private static void store(FloatVector sum, MemorySegment to, long at, boolean add) {
    var total = add ? load(to, at).add(sum) : sum;
    total.intoMemorySegment(to, at, ORDER);
  }

  /// The same sum for a column that is left over.
  private static float one(float[] x, int xAt, Matrix b, int column) {
    var memory = b.tensor().segment();
    float sum = 0;
    for (int k = 0; k < b.rows(); k++) {
      float weight = memory.get(Floats.LAYOUT, (b.offset() + k * b.rowStride() + column) * 4);
      sum = Math.fma(weight, x[xAt + k], sum);
    }
    return sum;
  }
}

package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The dot product of a row of two matrices.
final class RowDot {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;

  private RowDot() {}

  /// Row `row` of `a` times row `row` of `b`.
  static float of(Matrix a, Matrix b, int row) {
    if (a.columnStride() != 1 || b.columnStride() != 1) {
      return tail(a, b, row, 0, 0);
    }
    var order = ByteOrder.nativeOrder();
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    long leftStart = (a.offset() + row * a.rowStride()) * 4;
    long rightStart = (b.offset() + row * b.rowStride()) * 4;
    int end = FLOATS.loopBound(a.columns());
    var sum = FloatVector.zero(FLOATS);
    for (int j = 0; j < end; j += FLOATS.length()) {
      var x = FloatVector.fromMemorySegment(FLOATS, left, leftStart + j * 4L, order);
      var y = FloatVector.fromMemorySegment(FLOATS, right, rightStart + j * 4L, order);
      sum = x.fma(y, sum);
    }
    return tail(a, b, row, end, VectorMath.sum(sum));
  }

  private static float tail(Matrix a, Matrix b, int row, int start, float sum) {
    for (int j = start; j < a.columns(); j++) {
      sum = Math.fma(a.get(row, j), b.get(row, j), sum);
    }
    return sum;
  }
}

package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Products of so few rows as in [FewRows] with a quantised operand whose columns are contiguous,
/// which is what a weight is: a piece of a column is decoded into an array that stays in the
/// first-level cache and multiplied with every row.
final class FewRowsOfBlocks {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();

  /// Columns of a chunk.
  private static final int CHUNK = 32;

  /// Elements that are decoded at a time.
  private static final int PIECE = 2048;

  private final Window columns;
  private final int depth;
  private final Matrix c;
  private final boolean add;

  /// The rows of the left operand, one after the other.
  private final float[] rows;

  /// @param rows scratch for at least `a.rows() * a.columns()` floats
  FewRowsOfBlocks(PackedProduct product, float[] rows, float[] lines) {
    columns = Window.ofColumns(product.b());
    depth = product.depth();
    c = product.c();
    add = product.add();
    this.rows = rows;
    var left = Window.ofRows(product.a());
    for (int row = 0; row < c.rows(); row++) {
      BlockPacking.pack(left, row, 1, 0, depth, rows, row * depth, 1, lines);
    }
  }

  /// The floats that [#run] needs of scratch.
  static int scratchFloats() {
    return PIECE + BlockLines.MARGIN + FewRows.MOST;
  }

  int chunks() {
    return Math.ceilDiv(c.columns(), CHUNK);
  }

  void run(int chunk, float[] decoded) {
    int end = Math.min(c.columns(), (chunk + 1) * CHUNK);
    for (int column = chunk * CHUNK; column < end; column++) {
      multiply(column, decoded);
    }
  }

  private void multiply(int column, float[] decoded) {
    int sums = PIECE + BlockLines.MARGIN;
    java.util.Arrays.fill(decoded, sums, sums + c.rows(), 0);
    for (int k = 0; k < depth; k += PIECE) {
      int count = Math.min(PIECE, depth - k);
      int at = BlockLines.read(columns, column, k, count, decoded, 0);
      for (int row = 0; row < c.rows(); row++) {
        decoded[sums + row] += dot(decoded, at, row * depth + k, count);
      }
    }
    for (int row = 0; row < c.rows(); row++) {
      float sum = decoded[sums + row];
      c.set(row, column, add ? c.get(row, column) + sum : sum);
    }
  }

  /// Long enough (325 bytes) not to be inlined: with the decoder around it, the compiler's budget
  /// for inlining would end in the middle, and vectors would go to the heap.
  private float dot(float[] weights, int at, int rowAt, int count) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    var sum4 = FloatVector.zero(FLOATS);
    var sum5 = FloatVector.zero(FLOATS);
    var sum6 = FloatVector.zero(FLOATS);
    var sum7 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 8 * LANES <= count; k += 8 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, rows, rowAt + k);
      sum0 = FloatVector.fromArray(FLOATS, weights, at + k).fma(x0, sum0);
      var x1 = FloatVector.fromArray(FLOATS, rows, rowAt + k + LANES);
      sum1 = FloatVector.fromArray(FLOATS, weights, at + k + LANES).fma(x1, sum1);
      var x2 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 2 * LANES);
      sum2 = FloatVector.fromArray(FLOATS, weights, at + k + 2 * LANES).fma(x2, sum2);
      var x3 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 3 * LANES);
      sum3 = FloatVector.fromArray(FLOATS, weights, at + k + 3 * LANES).fma(x3, sum3);
      var x4 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 4 * LANES);
      sum4 = FloatVector.fromArray(FLOATS, weights, at + k + 4 * LANES).fma(x4, sum4);
      var x5 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 5 * LANES);
      sum5 = FloatVector.fromArray(FLOATS, weights, at + k + 5 * LANES).fma(x5, sum5);
      var x6 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 6 * LANES);
      sum6 = FloatVector.fromArray(FLOATS, weights, at + k + 6 * LANES).fma(x6, sum6);
      var x7 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 7 * LANES);
      sum7 = FloatVector.fromArray(FLOATS, weights, at + k + 7 * LANES).fma(x7, sum7);
    }
    for (; k + LANES <= count; k += LANES) {
      var x = FloatVector.fromArray(FLOATS, rows, rowAt + k);
      sum0 = FloatVector.fromArray(FLOATS, weights, at + k).fma(x, sum0);
    }
    var half0 = sum0.add(sum1).add(sum2.add(sum3));
    var half1 = sum4.add(sum5).add(sum6.add(sum7));
    float sum = VectorMath.sum(half0.add(half1));
    for (; k < count; k++) {
      sum = Math.fma(weights[at + k], rows[rowAt + k], sum);
    }
    return sum;
  }
}

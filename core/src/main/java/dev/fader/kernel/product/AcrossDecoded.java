package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.kernel.vector.Lanes;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// A few rows times columns of a right operand whose rows are contiguous, of any stored type: what
/// one worker does at a time. Rows of the operand are decoded into an array that stays in the
/// first-level cache, for all rows of the left operand.
///
/// An element is summed as by [PanelProduct], which this takes the place of where packing would
/// cost more than the product.
final class AcrossDecoded {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();

  /// Columns that are decoded at a time.
  static final int PIECE = 1024;

  /// Rows of the right operand that are decoded at a time.
  private static final int LINES = 4;

  private static final int STRIDE = PIECE + BlockLines.MARGIN;

  private final float[] decoded = new float[LINES * STRIDE];
  private final int[] starts = new int[LINES];
  private final float[] sums = new float[FewRows.MOST * PIECE];

  /// Sums up the products of `columns` columns of b from `column` on with the `count` rows of `x`
  /// from `xAt` on, for the `steps` steps from `k` on.
  void multiply(
      Matrix b, int column, int columns, int k, int steps, float[] x, int xAt, int count) {
    int depth = b.rows();
    int end = k + steps;
    Arrays.fill(sums, 0, count * PIECE, 0);
    int at = k;
    for (; at + LINES <= end; at += LINES) {
      for (int line = 0; line < LINES; line++) {
        decode(b, at + line, column, columns, line);
      }
      for (int i = 0; i < count; i++) {
        addFour(i * PIECE, columns, x, xAt + i * depth + at);
      }
    }
    for (; at < end; at++) {
      decode(b, at, column, columns, 0);
      for (int i = 0; i < count; i++) {
        addOne(i * PIECE, columns, x, xAt + i * depth + at);
      }
    }
  }

  /// The sum of a row and a column, both counted from the first that was multiplied.
  float sum(int row, int column) {
    return sums[row * PIECE + column];
  }

  private void decode(Matrix b, int k, int column, int columns, int line) {
    var memory = b.tensor().segment();
    long first = b.offset() + k * b.rowStride() + column;
    starts[line] =
        BlockLines.read(memory, b.tensor().type(), first, columns, decoded, line * STRIDE);
  }

  private void addFour(int to, int columns, float[] x, int xAt) {
    var x0 = FloatVector.broadcast(FLOATS, x[xAt]);
    var x1 = FloatVector.broadcast(FLOATS, x[xAt + 1]);
    var x2 = FloatVector.broadcast(FLOATS, x[xAt + 2]);
    var x3 = FloatVector.broadcast(FLOATS, x[xAt + 3]);
    int start0 = starts[0];
    int start1 = starts[1];
    int start2 = starts[2];
    int start3 = starts[3];
    for (int i = 0; i < columns; i += LANES) {
      var sum = FloatVector.fromArray(FLOATS, sums, to + i);
      sum = FloatVector.fromArray(FLOATS, decoded, start0 + i).fma(x0, sum);
      sum = FloatVector.fromArray(FLOATS, decoded, start1 + i).fma(x1, sum);
      sum = FloatVector.fromArray(FLOATS, decoded, start2 + i).fma(x2, sum);
      sum = FloatVector.fromArray(FLOATS, decoded, start3 + i).fma(x3, sum);
      sum.intoArray(sums, to + i);
    }
  }

  private void addOne(int to, int columns, float[] x, int xAt) {
    var factor = FloatVector.broadcast(FLOATS, x[xAt]);
    int start = starts[0];
    for (int i = 0; i < columns; i += LANES) {
      var sum = FloatVector.fromArray(FLOATS, sums, to + i);
      FloatVector.fromArray(FLOATS, decoded, start + i).fma(factor, sum).intoArray(sums, to + i);
    }
  }
}

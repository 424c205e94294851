package dev.fader.kernel.product;

import dev.fader.kernel.interleaved.InterleavedProduct;
import dev.fader.kernel.matrix.Matrix;
import java.util.Arrays;
import java.util.List;

/// The pieces of work of a product with few rows: runs of columns of its right operands, long ones
/// first. Each takes a share of the columns that are left (guided self-scheduling, Polychronopoulos
/// and Kuck 1987): the first are long runs of memory, which the processor fetches ahead, and the
/// last are so short that workers end together. Allocates nothing once its arrays have grown.
final class ColumnChunks {
  /// Weights of a chunk at least: below them, claiming one takes a share of the time.
  private static final int LEAST = 1 << 16;

  /// A chunk takes one part in so many, for each worker, of what is left.
  private static final int SHARE = 2;

  /// Columns of a chunk are a multiple of these: of strips that are multiplied at a time, and of
  /// lines.
  private static final int UNIT = InterleavedProduct.STRIPS * InterleavedProduct.LINES;

  private int count;
  private int[] operands = new int[64];
  private int[] firsts = new int[64];
  private int[] ends = new int[64];

  /// Cuts the columns of operands of `depth` rows for so many workers.
  void cut(List<Matrix> rights, int depth, int workers) {
    count = 0;
    long left = 0;
    for (int i = 0; i < rights.size(); i++) {
      left += rights.get(i).columns();
    }
    long least = roundedUp(Math.ceilDiv(LEAST, Math.max(depth, 1)));
    for (int i = 0; i < rights.size(); i++) {
      int columns = rights.get(i).columns();
      int first = 0;
      while (first < columns) {
        long share = roundedUp(left / ((long) SHARE * workers));
        int end = (int) Math.min(columns, first + Math.max(share, least));
        add(i, first, end);
        left -= end - first;
        first = end;
      }
    }
  }

  private static long roundedUp(long columns) {
    return Math.ceilDiv(columns, UNIT) * (long) UNIT;
  }

  private void add(int operand, int first, int end) {
    if (count == operands.length) {
      operands = Arrays.copyOf(operands, 2 * count);
      firsts = Arrays.copyOf(firsts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    operands[count] = operand;
    firsts[count] = first;
    ends[count] = end;
    count++;
  }

  int count() {
    return count;
  }

  /// Which of the operands a chunk is of.
  int operand(int chunk) {
    return operands[chunk];
  }

  /// Its first column.
  int first(int chunk) {
    return firsts[chunk];
  }

  /// The column behind its last.
  int end(int chunk) {
    return ends[chunk];
  }
}

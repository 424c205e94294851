package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.kernel.quantized.FewLevels;
import dev.fader.kernel.quantized.Levels;
import dev.fader.kernel.quantized.PlainBlocks;
import dev.fader.kernel.quantized.WideBlocks;
import dev.fader.kernel.quantized.WideLines;
import dev.fader.kernel.quantized.WideTile;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.DType;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Four contiguous columns of a right operand, lines in memory, times a few rows: what one worker
/// does at a time.
///
/// For every line and row there is one vector of sums, to which the products of the elements are
/// added in their order, as many elements at a time as there are lanes, by fused multiply-adds of
/// the weight as it is decoded. A single row takes its weights from memory in registers; so do any
/// number of rows of types without blocks, and four or eight of some formats; for others a piece of
/// the lines is decoded into an array that stays in the first-level cache. All give the same bits.
final class FewLines {
  /// Lines that are multiplied at a time.
  static final int LINES = FewTile.LINES;

  private static final int LANES = Lanes.FLOATS.length();

  /// Elements of a line that are decoded at a time for several rows.
  private static final int PIECE = 512;

  private static final int STRIDE = PIECE + BlockLines.MARGIN;

  private final float[] decoded = new float[LINES * STRIDE];
  private final float[] sums = new float[LINES * FewRows.MOST * LANES];
  private final Levels levels = new Levels(LINES);
  private final long[] starts = new long[LINES];
  private int apart; // columns between one line and the next

  /// Room for anything.
  float[] scratch() {
    return decoded;
  }

  /// Sums up the products of `lines` lines of b, the columns `column`, `column + apart` and so on,
  /// with `count` rows from `row` on, which are as long as the lines. What is computed of lines
  /// that there are not, counts for nothing.
  void multiply(Matrix b, int column, int apart, int lines, LeftRows rows, int row, int count) {
    this.apart = apart;
    float[] x = rows.numbers();
    int xAt = row * rows.depth();
    Arrays.fill(sums, 0, count * LINES * LANES, 0);
    var type = b.tensor().type();
    int unit = type.blockSize();
    boolean whole = b.offset() % unit == 0 && b.columnStride() % unit == 0 && b.rows() % unit == 0;
    if (type.isQuantized() && whole && Levels.has(type.blockFormat())) {
      multiplyBlocks(b, column, lines, x, xAt, count);
    } else if (!multiplyPlain(b, column, lines, rows, xAt, count)) {
      Arrays.fill(sums, 0, count * LINES * LANES, 0);
      multiplyDecoded(b, column, lines, x, xAt, count);
    }
  }

  /// The bytes at which element `k` of the lines lies. A line that there is not is the last one.
  private void setStarts(Matrix b, int column, int lines, int k) {
    var type = b.tensor().type();
    for (int line = 0; line < LINES; line++) {
      int existing = column + Math.min(line, lines - 1) * apart;
      long element = b.offset() + existing * b.columnStride() + k;
      starts[line] = element / type.blockSize() * type.bytesPerBlock();
    }
  }

  private void multiplyBlocks(Matrix b, int column, int lines, float[] x, int xAt, int count) {
    var memory = b.tensor().segment();
    var format = b.tensor().type().blockFormat();
    int depth = b.rows();
    int piece = count == 1 ? Levels.PIECE : PIECE;
    boolean wide = WideBlocks.has(format);
    for (int k = 0; k < depth; k += piece) {
      int steps = Math.min(piece, depth - k);
      int blocks = steps / format.elements();
      setStarts(b, column, lines, k);
      if (wide && count == 1) {
        WideBlocks.multiply(memory, format, starts, blocks, x, xAt + k, sums, levels);
        continue;
      }
      if (WideTile.has(format, count)) {
        for (int row = 0; row < count; row += WideTile.ROWS) {
          int from = xAt + row * depth + k;
          int to = row * LINES * LANES;
          WideTile.multiply(memory, format, starts, blocks, x, from, depth, sums, to);
        }
        continue;
      }
      for (int line = 0; line < lines; line++) {
        if (wide) {
          WideLines.decode(memory, format, starts[line], blocks, decoded, line * STRIDE, levels);
        } else {
          levels.read(line, memory, format, starts[line], blocks);
        }
      }
      if (count == 1) {
        FewLevels.multiply(levels, format, x, xAt + k, steps, sums);
        continue;
      }
      for (int line = 0; !wide && line < lines; line++) {
        FewLevels.decode(levels, format, line, steps, decoded, line * STRIDE);
      }
      FewTile.multiply(decoded, STRIDE, x, xAt + k, depth, count, steps, sums);
    }
  }

  /// False, with sums that mean nothing, for what there is no loop for.
  private boolean multiplyPlain(
      Matrix b, int column, int lines, LeftRows rows, int xAt, int count) {
    var type = b.tensor().type();
    if (!rows.suit(type)) {
      return false;
    }
    setStarts(b, column, lines, 0);
    float[] x = rows.plain(type);
    return PlainBlocks.multiply(b.tensor().segment(), type, starts, b.rows(), x, xAt, count, sums);
  }

  private void multiplyDecoded(Matrix b, int column, int lines, float[] x, int xAt, int count) {
    int depth = b.rows();
    for (int k = 0; k < depth; k += PIECE) {
      int steps = Math.min(PIECE, depth - k);
      for (int line = 0; line < lines; line++) {
        decode(b, column + line * apart, k, steps, line * STRIDE);
      }
      int whole = steps - steps % LANES;
      FewTile.multiply(decoded, STRIDE, x, xAt + k, depth, count, whole, sums);
    }
  }

  private void decode(Matrix b, int column, int k, int steps, int to) {
    var memory = b.tensor().segment();
    DType type = b.tensor().type();
    long first = b.offset() + column * b.columnStride() + k;
    int at = BlockLines.read(memory, type, first, steps, decoded, to);
    if (at != to) {
      System.arraycopy(decoded, at, decoded, to, steps);
    }
  }

  /// The sum of a line's products with row `row`, which begins at `xAt`: the lanes, then in order
  /// the elements that fill no vector, which are still in the last piece.
  float sum(int line, int row, int depth, float[] x, int xAt) {
    int lanes = (row * LINES + line) * LANES;
    float sum = VectorMath.sum(FloatVector.fromArray(Lanes.FLOATS, sums, lanes));
    int whole = depth - depth % LANES;
    int left = line * STRIDE + whole % PIECE;
    for (int k = whole; k < depth; k++) {
      sum = Math.fma(decoded[left + k - whole], x[xAt + k], sum);
    }
    return sum;
  }
}

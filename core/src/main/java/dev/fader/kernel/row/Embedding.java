package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/// Rows of a table by token id, learned positions and rotary positions.
public final class Embedding {
  /// Columns of the table that one thread sees to going backward, so that no two threads add to one
  /// element.
  private static final int COLUMNS_PER_CHUNK = 128;

  private final Chunks chunks;
  private final Elementwise.Loops loops;
  private final ArrayDeque<float[]> idle = new ArrayDeque<>(); // rows of quantised tables

  public Embedding(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    loops = Elementwise.Loops.of(vectors);
  }

  /// Sets row r of y to row `ids[r]` of `table`, which may be stored as bfloat16, float16 or in
  /// blocks. `ids` is INT32 and has as many elements as y has rows.
  ///
  /// @throws IllegalArgumentException if an id is not in the table or the shapes do not fit
  public void embed(Tensor ids, Tensor table, Matrix y) {
    embed(ids, table(table, y.columns()), y);
  }

  /// The same of a table as a matrix, without an allocation.
  ///
  /// @throws IllegalArgumentException if an id is not in the table or the shapes do not fit
  public void embed(Tensor ids, Matrix from, Matrix y) {
    Floats.require(y, "embedded tokens");
    requireColumns(from, y);
    requireIds(ids, y.rows(), from.rows());
    if (from.tensor().type().isQuantized()) {
      if (chunks.isSmall(y)) {
        decodeRows(ids, from, y, 0, y.rows());
      } else {
        chunks.overRows(
            y.rows(), y.columns(), (first, end) -> decodeRows(ids, from, y, first, end));
      }
    } else if (chunks.isSmall(y)) {
      for (int row = 0; row < y.rows(); row++) {
        copyRow(from, Floats.id(ids, row), y, row);
      }
    } else {
      chunks.eachRow(y, row -> copyRow(from, Floats.id(ids, row), y, row));
    }
  }

  private static void requireColumns(Matrix table, Matrix y) {
    if (table.columns() != y.columns()) {
      throw new IllegalArgumentException(
          "%s is not a table with rows of %d".formatted(table.tensor(), y.columns()));
    }
  }

  private void decodeRows(Tensor ids, Matrix table, Matrix y, int first, int end) {
    var decoded = take(y.columns());
    for (int row = first; row < end; row++) {
      table.tensor().read(Floats.id(ids, row) * table.rowStride(), decoded, 0, y.columns());
      MemorySegment.copy(
          decoded, 0, y.tensor().segment(), Floats.LAYOUT, Floats.start(y, row), y.columns());
    }
    giveBack(decoded);
  }

  private float[] take(int columns) {
    synchronized (idle) {
      float[] decoded = idle.poll();
      return decoded != null && decoded.length >= columns ? decoded : new float[columns];
    }
  }

  private void giveBack(float[] decoded) {
    synchronized (idle) {
      idle.push(decoded);
    }
  }

  private static void copyRow(Matrix table, int id, Matrix y, int row) {
    long start = id * table.rowStride();
    switch (table.tensor().type()) {
      case FLOAT32 ->
          MemorySegment.copy(
              table.tensor().segment(),
              start << 2,
              y.tensor().segment(),
              Floats.start(y, row),
              (long) y.columns() << 2);
      case BFLOAT16, FLOAT16 -> {
        for (int c = 0; c < y.columns(); c++) {
          Floats.set(y.tensor().segment(), Floats.start(y, row), c, table.tensor().get(start + c));
        }
      }
      default -> throw new IllegalArgumentException("an embedding must not be " + table.tensor());
    }
  }

  /// Adds row r of `gradient` to row `ids[r]` of `tableGradient`, in the order of the rows.
  ///
  /// @throws IllegalArgumentException if an id is not in the table or the shapes do not fit
  public void embedBackward(Tensor ids, Matrix gradient, Tensor tableGradient) {
    Floats.require(gradient, "the gradient of embedded tokens");
    Floats.require(tableGradient, "the gradient of an embedding");
    var into = table(tableGradient, gradient.columns());
    requireIds(ids, gradient.rows(), into.rows());
    chunks.overRows(
        Math.ceilDiv(gradient.columns(), COLUMNS_PER_CHUNK),
        Math.multiplyExact(gradient.rows(), COLUMNS_PER_CHUNK),
        (from, end) -> {
          int first = from * COLUMNS_PER_CHUNK;
          int count = Math.min(gradient.columns(), end * COLUMNS_PER_CHUNK) - first;
          var columns = gradient.columns(first, count);
          var intoColumns = into.columns(first, count);
          for (int row = 0; row < columns.rows(); row++) {
            loops.accumulate(columns, row, intoColumns, Floats.id(ids, row));
          }
        });
  }

  /// Adds row `positions[r]` of `table` to row r of y.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositions(Tensor table, int[] positions, Matrix y) {
    addPositions(table(table, y.columns()), positions, y);
  }

  /// The same of a table as a matrix, without an allocation.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositions(Matrix from, int[] positions, Matrix y) {
    Floats.require(from.tensor(), "a table of positions");
    Floats.require(y, "what positions are added to");
    requireColumns(from, y);
    requirePositions(positions, y, from.tensor(), from.rows());
    if (chunks.isSmall(y)) {
      for (int row = 0; row < y.rows(); row++) {
        loops.accumulate(from, positions[row], y, row);
      }
    } else {
      chunks.eachRow(y, row -> loops.accumulate(from, positions[row], y, row));
    }
  }

  /// Adds row r of `gradient` to row `positions[r]` of `tableGradient`, in the order of the rows.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositionsBackward(Matrix gradient, int[] positions, Tensor tableGradient) {
    Floats.require(gradient, "the gradient of added positions");
    Floats.require(tableGradient, "the gradient of a table of positions");
    var into = table(tableGradient, gradient.columns());
    requirePositions(positions, gradient, tableGradient, into.rows());
    chunks.overRows(
        Math.ceilDiv(gradient.columns(), COLUMNS_PER_CHUNK),
        Math.multiplyExact(gradient.rows(), COLUMNS_PER_CHUNK),
        (from, end) -> {
          int first = from * COLUMNS_PER_CHUNK;
          int count = Math.min(gradient.columns(), end * COLUMNS_PER_CHUNK) - first;
          var columns = gradient.columns(first, count);
          var intoColumns = into.columns(first, count);
          for (int row = 0; row < columns.rows(); row++) {
            loops.accumulate(columns, row, intoColumns, positions[row]);
          }
        });
  }

  /// Rotates the heads of x (rows, heads * headSize) in place, row r by the angles of
  /// `positions[r]`.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void rotate(Rotation rotation, int[] positions, Matrix x) {
    Floats.require(x, "rotated queries or keys");
    requirePositions(positions, x, rotation.table(), rotation.positions());
    if (x.columns() % rotation.headSize() != 0) {
      throw new IllegalArgumentException(
          "%d columns are no heads of %d".formatted(x.columns(), rotation.headSize()));
    }
    if (chunks.isSmall(x)) {
      for (int row = 0; row < x.rows(); row++) {
        loops.rotate(rotation, x, row, positions[row]);
      }
    } else {
      chunks.eachRow(x, row -> loops.rotate(rotation, x, row, positions[row]));
    }
  }

  private static Matrix table(Tensor table, int columns) {
    if (columns == 0 || table.elements() % columns != 0) {
      throw new IllegalArgumentException(
          "%s is not a table with rows of %d".formatted(table, columns));
    }
    int rows = Math.toIntExact(table.elements() / columns);
    return new Matrix(table, 0, rows, columns, columns, 1);
  }

  private static void requirePositions(int[] positions, Matrix x, Tensor table, long length) {
    if (positions.length < x.rows()) {
      throw new IllegalArgumentException(
          "%d rows need as many positions, there are %d".formatted(x.rows(), positions.length));
    }
    for (int row = 0; row < x.rows(); row++) {
      if (positions[row] < 0 || positions[row] >= length) {
        throw new IllegalArgumentException(
            "position %d of row %d is outside the table %s of positions"
                .formatted(positions[row], row, table));
      }
    }
  }

  private static void requireIds(Tensor ids, int rows, int vocabulary) {
    if (ids.type() != DType.INT32) {
      throw new IllegalArgumentException("token ids must be INT32, not " + ids);
    }
    Floats.requireElements(ids, rows, "token ids");
    for (int row = 0; row < rows; row++) {
      int id = Floats.id(ids, row);
      if (id < 0 || id >= vocabulary) {
        throw new IllegalArgumentException(
            "token id %d in row %d is not in the vocabulary of %d".formatted(id, row, vocabulary));
      }
    }
  }
}

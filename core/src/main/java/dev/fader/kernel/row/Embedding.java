package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Rows of a table by token id, learned positions and rotary positions.
public final class Embedding {
  /// Columns of the table that one thread sees to going backward, so that no two threads add to one
  /// element.
  private static final int COLUMNS_PER_CHUNK = 128;

  private final Chunks chunks;
  private final Elementwise.Loops loops;

  public Embedding(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    loops = Elementwise.Loops.of(vectors);
  }

  /// Sets row r of y to row `ids[r]` of `table`, which may be stored as bfloat16, float16 or in
  /// blocks. `ids` is INT32 and has as many elements as y has rows.
  ///
  /// @throws IllegalArgumentException if an id is not in the table or the shapes do not fit
  public void embed(Tensor ids, Tensor table, Matrix y) {
    Floats.require(y, "embedded tokens");
    var from = table(table, y.columns());
    requireIds(ids, y.rows(), from.rows());
    if (table.type().isQuantized()) {
      chunks.overRows(y.rows(), y.columns(), (first, end) -> decodeRows(ids, from, y, first, end));
    } else {
      chunks.eachRow(y, row -> copyRow(from, Floats.id(ids, row), y, row));
    }
  }

  private static void decodeRows(Tensor ids, Matrix table, Matrix y, int first, int end) {
    var decoded = new float[y.columns()];
    for (int row = first; row < end; row++) {
      table.tensor().read(Floats.id(ids, row) * table.rowStride(), decoded, 0, decoded.length);
      MemorySegment.copy(
          decoded, 0, y.tensor().segment(), Floats.LAYOUT, Floats.start(y, row), decoded.length);
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

  /// Adds row `firstPosition + t` of `table` to row t of every sequence of `time` rows in y.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositions(Tensor table, int time, int firstPosition, Matrix y) {
    Floats.require(table, "a table of positions");
    Floats.require(y, "what positions are added to");
    var positions = positions(table, time, firstPosition, y);
    chunks.eachRow(y, row -> loops.accumulate(positions, firstPosition + row % time, y, row));
  }

  /// Adds row t of every sequence of `time` rows in `gradient` to row `firstPosition + t` of
  /// `tableGradient`.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositionsBackward(
      Matrix gradient, int time, int firstPosition, Tensor tableGradient) {
    Floats.require(gradient, "the gradient of added positions");
    Floats.require(tableGradient, "the gradient of a table of positions");
    var positions = positions(tableGradient, time, firstPosition, gradient);
    int batch = gradient.rows() / time;
    chunks.overRows(
        time,
        gradient.columns() * Math.max(1, batch),
        (from, end) -> {
          for (int t = from; t < end; t++) {
            for (int b = 0; b < batch; b++) {
              loops.accumulate(gradient, b * time + t, positions, firstPosition + t);
            }
          }
        });
  }

  /// Rotates the heads of x (batch * time, heads * headSize) by their positions, in place.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void rotate(Rotation rotation, Matrix x) {
    Floats.require(x, "rotated queries or keys");
    requireSequences(x, rotation.time());
    if (x.columns() % rotation.headSize() != 0) {
      throw new IllegalArgumentException(
          "%d columns are no heads of %d".formatted(x.columns(), rotation.headSize()));
    }
    chunks.eachRow(
        x,
        row -> {
          int position = rotation.firstPosition() + row % rotation.time();
          loops.rotate(rotation, x, row, position);
        });
  }

  private static Matrix table(Tensor table, int columns) {
    if (columns == 0 || table.elements() % columns != 0) {
      throw new IllegalArgumentException(
          "%s is not a table with rows of %d".formatted(table, columns));
    }
    int rows = Math.toIntExact(table.elements() / columns);
    return new Matrix(table, 0, rows, columns, columns, 1);
  }

  private static Matrix positions(Tensor tensor, int time, int firstPosition, Matrix x) {
    requireSequences(x, time);
    var positions = table(tensor, x.columns());
    if (firstPosition < 0 || firstPosition + (long) time > positions.rows()) {
      throw new IllegalArgumentException(
          "positions %d to %d are outside the table %s"
              .formatted(firstPosition, firstPosition + (long) time - 1, tensor));
    }
    return positions;
  }

  private static void requireSequences(Matrix x, int time) {
    if (time <= 0 || x.rows() % time != 0) {
      throw new IllegalArgumentException(
          "%d rows are no sequences of %d".formatted(x.rows(), time));
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

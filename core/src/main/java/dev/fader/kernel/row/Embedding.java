package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.RowPass;
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
    embedding(ids, table(table, y.columns()), y).run();
  }

  /// What [#embed] does with a table as a matrix, to be run as often as one likes. A run throws an
  /// IllegalArgumentException if an id is not in the table.
  ///
  /// @throws IllegalArgumentException if the shapes do not fit
  public RowPass embedding(Tensor ids, Matrix from, Matrix y) {
    Floats.require(y, "embedded tokens");
    requireColumns(from, y);
    requireIds(ids, y.rows());
    int vocabulary = from.rows();
    return from.tensor().type().isQuantized()
        ? chunks.pass(y, row -> decodeRow(from, id(ids, row, vocabulary), y, row))
        : chunks.pass(y, row -> copyRow(from, id(ids, row, vocabulary), y, row));
  }

  private static void requireColumns(Matrix table, Matrix y) {
    if (table.columns() != y.columns()) {
      throw new IllegalArgumentException(
          "%s is not a table with rows of %d".formatted(table.tensor(), y.columns()));
    }
  }

  private void decodeRow(Matrix table, int id, Matrix y, int row) {
    var decoded = take(y.columns());
    table.tensor().read(id * table.rowStride(), decoded, 0, y.columns());
    MemorySegment.copy(
        decoded, 0, y.tensor().segment(), Floats.LAYOUT, Floats.start(y, row), y.columns());
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
    requireIds(ids, gradient.rows());
    for (int row = 0; row < gradient.rows(); row++) {
      id(ids, row, into.rows());
    }
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
    addingPositions(table(table, y.columns()), positions, y).run();
  }

  /// What [#addPositions] does with a table as a matrix, to be run as often as one likes, with the
  /// positions of then. A run throws an IllegalArgumentException if one is not in the table.
  ///
  /// @throws IllegalArgumentException if the shapes do not fit
  public RowPass addingPositions(Matrix from, int[] positions, Matrix y) {
    Floats.require(from.tensor(), "a table of positions");
    Floats.require(y, "what positions are added to");
    requireColumns(from, y);
    return chunks.pass(
        y,
        row -> {
          int position = position(positions, row, from.tensor(), from.rows());
          loops.accumulate(from, position, y, row);
        });
  }

  /// Adds row r of `gradient` to row `positions[r]` of `tableGradient`, in the order of the rows.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositionsBackward(Matrix gradient, int[] positions, Tensor tableGradient) {
    Floats.require(gradient, "the gradient of added positions");
    Floats.require(tableGradient, "the gradient of a table of positions");
    var into = table(tableGradient, gradient.columns());
    for (int row = 0; row < gradient.rows(); row++) {
      position(positions, row, tableGradient, into.rows());
    }
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
    rotating(rotation, positions, x).run();
  }

  /// What [#rotate] does, to be run as often as one likes, with the positions of then. A run throws
  /// an IllegalArgumentException if one is not in the table.
  ///
  /// @throws IllegalArgumentException if the shapes do not fit
  public RowPass rotating(Rotation rotation, int[] positions, Matrix x) {
    Floats.require(x, "rotated queries or keys");
    if (x.columns() % rotation.headSize() != 0) {
      throw new IllegalArgumentException(
          "%d columns are no heads of %d".formatted(x.columns(), rotation.headSize()));
    }
    return chunks.pass(
        x,
        row -> {
          int position = position(positions, row, rotation.table(), rotation.positions());
          loops.rotate(rotation, x, row, position);
        });
  }

  /// Adds rows of x, each times its weight, to each row of y, as often as it is run: to row r those
  /// that row r of `terms` names, in their order.
  ///
  /// @param weights (rows of x)
  /// @param terms (rows of y, any), as it is when the pass is run
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass addingUp(Matrix x, Tensor weights, int[] terms, Matrix y) {
    Floats.require(y, "a sum of rows");
    Floats.require(x, x.rows(), y.columns(), "rows to sum");
    Floats.require(weights, "the weights of rows");
    Floats.requireElements(weights, x.rows(), "the weights of rows");
    if (y.rows() == 0 || terms.length % y.rows() != 0) {
      throw new IllegalArgumentException(
          "%d terms for %d sums of as many each".formatted(terms.length, y.rows()));
    }
    int count = terms.length / y.rows();
    return chunks.pass(
        y,
        row -> {
          for (int i = row * count; i < row * count + count; i++) {
            loops.accumulate(x, terms[i], weights.get(terms[i]), y, row);
          }
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

  /// The position of a row, which is in a table of `length`.
  private static int position(int[] positions, int row, Tensor table, long length) {
    if (row >= positions.length) {
      throw new IllegalArgumentException(
          "row %d needs a position, there are %d".formatted(row, positions.length));
    }
    int position = positions[row];
    if (position < 0 || position >= length) {
      throw new IllegalArgumentException(
          "position %d of row %d is outside the table %s of positions"
              .formatted(position, row, table));
    }
    return position;
  }

  private static void requireIds(Tensor ids, int rows) {
    if (ids.type() != DType.INT32) {
      throw new IllegalArgumentException("token ids must be INT32, not " + ids);
    }
    Floats.requireElements(ids, rows, "token ids");
  }

  /// The id of a row, which is in the vocabulary.
  private static int id(Tensor ids, int row, int vocabulary) {
    int id = Floats.id(ids, row);
    if (id < 0 || id >= vocabulary) {
      throw new IllegalArgumentException(
          "token id %d in row %d is not in the vocabulary of %d".formatted(id, row, vocabulary));
    }
    return id;
  }
}

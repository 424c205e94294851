package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;

/// A product, or a part of one, whose operands are packed tile by tile before they are multiplied.
///
/// @param add whether the product is added to c
record PackedProduct(Matrix a, Matrix b, Matrix c, boolean add) {
  /// Steps of the summed dimension between two visits to the result, at most. What a tile reads in
  /// so many fills the first-level cache.
  static final int DEPTH = 256;

  int rows() {
    return c.rows();
  }

  int columns() {
    return c.columns();
  }

  /// How many terms an element of the result sums.
  int depth() {
    return a.columns();
  }

  /// The steps between two visits to the result: [#DEPTH] or a little less, so that all are alike.
  int step() {
    return Math.ceilDiv(depth(), Math.ceilDiv(depth(), DEPTH));
  }

  private int stepsFrom(int k) {
    return Math.min(step(), depth() - k);
  }

  /// Up to `count` terms from `k` on, added to those before.
  PackedProduct steps(int k, int count) {
    return new PackedProduct(a.columns(k, count), b.rows(k, count), c, add || k > 0);
  }

  /// Up to `count` rows of the result.
  PackedProduct ofRows(int start, int count) {
    int rows = Math.min(count, rows() - start);
    return new PackedProduct(a.rows(start, rows), b, c.rows(start, rows), add);
  }

  /// Up to `count` columns of the result.
  PackedProduct ofColumns(int start, int count) {
    int columns = Math.min(count, columns() - start);
    return new PackedProduct(a, b.columns(start, columns), c.columns(start, columns), add);
  }

  /// Packs the rows of the tile at `row` for the steps from `k` on to where [#multiply] reads them
  /// in a panel that begins at `start`.
  void packRows(int row, int k, float[] panel, int start, float[] decoded) {
    int left = rows() - row;
    int lines = Math.min(Tile.ROWS, left);
    int at = start + row * stepsFrom(k);
    int width = Tile.rows(left);
    BlockPacking.pack(Window.ofRows(a), row, lines, k, stepsFrom(k), panel, at, width, decoded);
  }

  /// Packs the columns of the tile at `column`, as [#packRows].
  void packColumns(int column, int k, float[] panel, int start, float[] decoded) {
    int lines = Math.min(Tile.WIDTH, columns() - column);
    int at = start + column * stepsFrom(k);
    int width = Tile.WIDTH;
    BlockPacking.pack(
        Window.ofColumns(b), column, lines, k, stepsFrom(k), panel, at, width, decoded);
  }

  /// Multiplies all rows with all columns, packed tile after tile for the steps from `k` on.
  void multiply(int k, float[] rows, int rowsAt, float[] columns, int columnsAt, float[] tile) {
    for (int column = 0; column < columns(); column += Tile.WIDTH) {
      int at = columnsAt + column * stepsFrom(k);
      multiplyStrip(column, k, rows, rowsAt, columns, at, tile);
    }
  }

  private void multiplyStrip(
      int column, int k, float[] rows, int rowsAt, float[] columns, int columnsAt, float[] tile) {
    int steps = stepsFrom(k);
    int width = Math.min(Tile.WIDTH, columns() - column);
    for (int row = 0; row < rows(); row += Tile.ROWS) {
      int left = rows() - row;
      int height = Tile.rows(left);
      int at = rowsAt + row * steps;
      Tile.multiply(height, rows, at, height, columns, columnsAt, steps, tile, 0, Tile.WIDTH);
      Tile.store(tile, c, row, Math.min(Tile.ROWS, left), column, width, add || k > 0);
    }
  }
}

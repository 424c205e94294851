package dev.fader.kernel.attention;

import dev.fader.kernel.attention.AttentionScratch.Use;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.product.Packing;
import dev.fader.kernel.product.Tile;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The parts that attention's two directions share for one head: packing, the products of a block
/// of queries with the keys it sees, and the mask.
final class AttentionPanels {
  /// Queries that are worked on together: a multiple of every [Tile#ROWS].
  static final int BLOCK = 48;

  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();

  /// Rows of scores are this much further apart than a power of two, or they would share cache
  /// sets.
  private static final int ROW_PADDING = 16;

  final AttentionShape shape;
  final AttentionScratch scratch;

  /// The keys that any query sees come before this one.
  final int keys;

  /// From one row of a block of scores to the next.
  final int stride;

  /// Strips of [Tile#WIDTH] columns that a head takes.
  final int strips;

  AttentionPanels(AttentionShape shape, AttentionScratch scratch) {
    this.shape = shape;
    this.scratch = scratch;
    keys = shape.endKey(shape.queries() - 1);
    stride = roundUp(keys) + ROW_PADDING;
    strips = Math.ceilDiv(shape.headSize(), Tile.WIDTH);
  }

  /// Up to a whole number of tiles.
  static int roundUp(int columns) {
    return Math.ceilDiv(columns, Tile.WIDTH) * Tile.WIDTH;
  }

  float[] block(Use use) {
    return scratch.array(use, BLOCK * stride);
  }

  /// Packs the first [#keys] rows of `from` as right operand of a product along the rows' length.
  float[] packLines(Matrix from, Use use) {
    int depth = shape.headSize();
    float[] panel = scratch.array(use, roundUp(keys) * depth);
    var lines = Window.ofRows(from);
    for (int key = 0; key < keys; key += Tile.WIDTH) {
      int count = Math.min(Tile.WIDTH, keys - key);
      Packing.pack(lines, key, count, 0, depth, panel, key * depth, Tile.WIDTH);
    }
    return panel;
  }

  /// Packs `rows` rows of `from` as right operand of a product across them.
  float[] packColumns(Matrix from, int rows, Use use) {
    float[] panel = scratch.array(use, strips * rows * Tile.WIDTH);
    var lines = Window.ofColumns(from);
    for (int strip = 0; strip < strips; strip++) {
      int column = strip * Tile.WIDTH;
      int count = Math.min(Tile.WIDTH, from.columns() - column);
      Packing.pack(lines, column, count, 0, rows, panel, strip * rows * Tile.WIDTH, Tile.WIDTH);
    }
    return panel;
  }

  /// Packs the rows of `from` as left operand of a product along their length.
  float[] packRows(Matrix from, Use use) {
    int depth = shape.headSize();
    float[] panel = scratch.array(use, BLOCK * depth);
    var lines = Window.ofRows(from);
    for (int row = 0; row < from.rows(); row += Tile.ROWS) {
      int left = from.rows() - row;
      int count = Math.min(Tile.ROWS, left);
      Packing.pack(lines, row, count, 0, depth, panel, row * depth, Tile.rows(left));
    }
    return panel;
  }

  /// Sets `products` to the products of `count` packed rows, the first of which belongs to query
  /// `first`, with the packed lines of the keys that they see, in whole tiles.
  void multiply(float[] rows, int first, int count, float[] lines, float[] products) {
    int depth = shape.headSize();
    for (int i = 0; i < count; i += Tile.ROWS) {
      int height = Tile.rows(count - i);
      int end = tilesEnd(first, count, i);
      for (int key = tilesStart(first, i); key < end; key += Tile.WIDTH) {
        Tile.multiply(
            height,
            rows,
            i * depth,
            height,
            lines,
            key * depth,
            depth,
            products,
            i * stride + key,
            stride);
      }
    }
  }

  /// The first key, in whole tiles, that the tile of row `i` of a block sees.
  int tilesStart(int first, int i) {
    return shape.firstKey(first + i / Tile.ROWS * Tile.ROWS) / Tile.WIDTH * Tile.WIDTH;
  }

  /// One past the last key, in whole tiles, that the tile of row `i` of a block sees.
  int tilesEnd(int first, int count, int i) {
    int last = Math.min(count, (i / Tile.ROWS + 1) * Tile.ROWS) - 1;
    return roundUp(shape.endKey(first + last));
  }

  /// Scales and caps the scores `from` to `end`, a whole number of vectors.
  void scale(float[] scores, int from, int end) {
    float scale = shape.scale();
    for (int j = from; j < end; j += LANES) {
      FloatVector.fromArray(FLOATS, scores, j).mul(scale).intoArray(scores, j);
    }
    if (shape.softCap() > 0) {
      softCap(scores, from, end);
    }
  }

  private void softCap(float[] scores, int from, int end) {
    float cap = shape.softCap();
    for (int j = from; j < end; j += LANES) {
      var score = FloatVector.fromArray(FLOATS, scores, j);
      VectorMath.tanh(score.mul(1 / cap)).mul(cap).intoArray(scores, j);
    }
  }

  /// The largest of scores `from` to `end`, a whole number of vectors.
  static float largest(float[] scores, int from, int end) {
    var largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int j = from; j < end; j += LANES) {
      largest = largest.max(FloatVector.fromArray(FLOATS, scores, j));
    }
    return largest.reduceLanes(VectorOperators.MAX);
  }

  /// Transposes `depth` columns from `at` of `rows` rows of a block into a row panel.
  float[] transpose(float[] block, int at, int rows, int depth) {
    float[] panel = scratch.array(Use.TRANSPOSED, Tile.ROWS * (stride + Tile.WIDTH));
    Packing.transpose(block, at, stride, rows, depth, panel);
    return panel;
  }

  float[] tile() {
    return scratch.array(Use.TILE, Tile.ROWS * Tile.WIDTH);
  }
}

package dev.fader.kernel.product;

import dev.fader.kernel.interleaved.InterleavedPacking;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.parallel.Workers;

/// Matrix products by the loops of BLIS (Van Zee and van de Geijn 2015, after Goto and van de Geijn
/// 2008):
///
/// ```
/// loop 5  over the depth, PANEL_DEPTH steps at a time
/// loop 4    over the lines of the shared operand, NC at a time
///             pack the panel, PANEL_DEPTH x NC                    last-level cache, all workers
/// loop 3      over the lines of the other operand, MC at a time   one worker each
///               over the depth of the panel, KC steps at a time
///                 pack the block, MC x KC                         second-level cache
/// loop 2          over the tiles of the panel                     read from there once a block
/// loop 1            over the tiles of the block
///                     Tile: the sums of MR x NR over KC steps     registers
/// ```
///
/// MR is [Tile#ROWS], NR [Tile#WIDTH]. The smaller operand is shared: if that is a, its rows are
/// the lines of the panel and b's columns those of the blocks. Loops 5 and 4 are those of BLIS
/// exchanged, and a panel holds several KC: workers meet once a panel, not once every KC steps. How
/// many blocks there are changes no result: every element is summed in the same order.
final class PanelProduct {
  /// Steps of the depth between two visits to the result, at most. The result is then visited half
  /// as often as if what a tile reads had to stay in the first-level cache.
  static final int KC = 512;

  /// Rows of a block at most: a multiple of every [Tile#ROWS].
  private static final int MC_ROWS = 96;

  /// Columns of a block at most: a multiple of every [Tile#WIDTH].
  private static final int MC_COLUMNS = 128;

  private static final int PANEL_DEPTH = 2048;

  /// 6 MiB, a part of the cache that the workers share. NC is what this leaves for the lines.
  private static final int PANEL_FLOATS = 3 << 19;

  /// NC is a multiple of this, which is one of every [Tile#ROWS] and [Tile#WIDTH].
  private static final int NC_UNIT = 96;

  private static final int BLOCKS_PER_WORKER = 4;

  /// Tiles of the panel that a worker packs at a time.
  private static final int PACKED_TILES = 8;

  /// Below this many multiplications waking another thread takes longer than the product.
  private static final long LEAST_SHARED = 1 << 17;

  private final Product product;
  private final boolean sharesRows;
  private final ProductScratch scratch;

  /// The shared lines, packed: those of all tiles for the first KC steps, then for the next.
  private final float[] panel;

  private final int panelLines;

  /// @param sharesRows whether the shared panel is of a's rows rather than b's columns
  private PanelProduct(Product product, boolean sharesRows, ProductScratch scratch) {
    this.product = product;
    this.sharesRows = sharesRows;
    this.scratch = scratch;
    int tile = sharesRows ? Tile.ROWS : Tile.WIDTH;
    int lines = sharesRows ? product.rows() : product.columns();
    panelLines = Math.ceilDiv(lines, tile) * tile;
    panel = scratch.panel(panelLines * product.depth());
  }

  /// The longest array that a block is packed into.
  static int blockFloats() {
    return Math.max(MC_ROWS, MC_COLUMNS) * KC;
  }

  /// Loops 5 and 4.
  static void multiply(Product whole, Workers workers, ProductScratch scratch) {
    boolean sharesRows = whole.rows() < whole.columns();
    int shared = sharesRows ? whole.rows() : whole.columns();
    for (int k = 0; k < whole.depth(); k += PANEL_DEPTH) {
      var part = whole.steps(k, PANEL_DEPTH);
      int lines = PANEL_FLOATS / part.depth() / NC_UNIT * NC_UNIT;
      for (int start = 0; start < shared; start += lines) {
        var panel = sharesRows ? part.ofRows(start, lines) : part.ofColumns(start, lines);
        new PanelProduct(panel, sharesRows, scratch).run(workers);
      }
    }
  }

  /// Loop 3.
  private void run(Workers workers) {
    long multiplications = (long) product.rows() * product.columns() * product.depth();
    int wanted = multiplications < LEAST_SHARED ? 1 : BLOCKS_PER_WORKER * workers.threads();
    int tile = sharesRows ? Tile.ROWS : Tile.WIDTH;
    int most = sharesRows ? MC_COLUMNS : MC_ROWS;
    int other = sharesRows ? Tile.WIDTH : Tile.ROWS;
    int lines = sharesRows ? product.columns() : product.rows();
    int fair = Math.ceilDiv(Math.ceilDiv(lines, wanted), other) * other;
    int block = Math.clamp(fair, other, most);
    int blocks = Math.ceilDiv(lines, block);
    if (wanted == 1) {
      workers.forEach(1, (chunk, worker) -> runAll(blocks, block, worker));
    } else {
      int share = Math.clamp(panelLines / tile / wanted, 1, PACKED_TILES) * tile;
      workers.forEach(
          Math.ceilDiv(panelLines, share),
          (chunk, worker) -> packShared(chunk * share, share, worker));
      workers.forEach(blocks, (chunk, worker) -> multiplyBlock(chunk * block, block, worker));
    }
  }

  private void runAll(int blocks, int block, int worker) {
    packShared(0, panelLines, worker);
    for (int chunk = 0; chunk < blocks; chunk++) {
      multiplyBlock(chunk * block, block, worker);
    }
  }

  /// Packs `count` lines of the panel from `line` on.
  private void packShared(int line, int count, int worker) {
    for (int k = 0; k < product.depth(); k += step()) {
      if (sharesRows) {
        packRows(product, line, count, k, panel, panelLines * k, worker);
      } else {
        packColumns(product, line, count, k, panel, panelLines * k, worker);
      }
    }
  }

  private void multiplyBlock(int start, int count, int worker) {
    var part = sharesRows ? product.ofColumns(start, count) : product.ofRows(start, count);
    float[] block = scratch.block(worker);
    float[] tile = scratch.tile(worker);
    for (int k = 0; k < product.depth(); k += step()) {
      if (sharesRows) {
        packColumns(part, 0, part.columns(), k, block, 0, worker);
        multiplyPacked(part, k, panel, panelLines * k, block, 0, tile);
      } else {
        packRows(part, 0, part.rows(), k, block, 0, worker);
        multiplyPacked(part, k, block, 0, panel, panelLines * k, tile);
      }
    }
  }

  /// The steps between two visits to the result: [#KC] or a little less, so that all are alike.
  private int step() {
    return step(product.depth());
  }

  private static int step(int depth) {
    return Math.ceilDiv(depth, Math.ceilDiv(depth, KC));
  }

  /// How many steps from `k` on are summed up before they are added to the result of a product of
  /// `depth`.
  static int steps(int depth, int k) {
    int start = k / PANEL_DEPTH * PANEL_DEPTH;
    int panel = Math.min(PANEL_DEPTH, depth - start);
    return Math.min(step(panel), panel - (k - start));
  }

  private int stepsFrom(int k) {
    return Math.min(step(), product.depth() - k);
  }

  /// Packs up to `count` rows from `row` on, tile after tile, for the steps from `k` on to where
  /// [#multiplyPacked] reads them in a panel that begins at `start`.
  private void packRows(
      Product part, int row, int count, int k, float[] to, int start, int worker) {
    var from = Window.ofRows(part.a());
    int end = Math.min(row + count, part.rows());
    int steps = stepsFrom(k);
    int next =
        BlockPacking.packTiles(
            from, row, end, k, steps, to, start + row * steps, Tile.ROWS, scratch.decoded(worker));
    for (; next < end; next += Tile.ROWS) {
      int left = part.rows() - next;
      int lines = Math.min(Tile.ROWS, left);
      float[] decoded = scratch.decoded(worker);
      int at = start + next * steps;
      BlockPacking.pack(from, next, lines, k, steps, to, at, Tile.rows(left), decoded);
    }
  }

  /// Packs up to `count` columns from `column` on, as [#packRows].
  private void packColumns(
      Product part, int column, int count, int k, float[] to, int start, int worker) {
    var b = part.b();
    int end = Math.min(column + count, part.columns());
    int steps = stepsFrom(k);
    boolean strips = InterleavedPacking.canRead(b);
    var from = Window.ofColumns(b);
    int next = column;
    if (!strips) {
      next =
          BlockPacking.packTiles(
              from,
              column,
              end,
              k,
              steps,
              to,
              start + column * steps,
              Tile.WIDTH,
              scratch.decoded(worker));
    }
    for (; next < end; next += Tile.WIDTH) {
      int lines = Math.min(Tile.WIDTH, end - next);
      int at = start + next * steps;
      if (strips) {
        scratch.strips(worker).pack(b, next, lines, k, steps, to, at, Tile.WIDTH);
      } else {
        float[] decoded = scratch.decoded(worker);
        BlockPacking.pack(from, next, lines, k, steps, to, at, Tile.WIDTH, decoded);
      }
    }
  }

  /// Loops 2 and 1: all rows of `part` times all its columns, packed tile after tile for the steps
  /// from `k` on.
  private void multiplyPacked(
      Product part, int k, float[] rows, int rowsAt, float[] columns, int columnsAt, float[] tile) {
    if (sharesRows) {
      for (int row = 0; row < part.rows(); row += Tile.ROWS) {
        for (int column = 0; column < part.columns(); column += Tile.WIDTH) {
          multiplyTile(part, k, row, column, rows, rowsAt, columns, columnsAt, tile);
        }
      }
    } else {
      for (int column = 0; column < part.columns(); column += Tile.WIDTH) {
        for (int row = 0; row < part.rows(); row += Tile.ROWS) {
          multiplyTile(part, k, row, column, rows, rowsAt, columns, columnsAt, tile);
        }
      }
    }
  }

  private void multiplyTile(
      Product part,
      int k,
      int row,
      int column,
      float[] rows,
      int rowsAt,
      float[] columns,
      int columnsAt,
      float[] tile) {
    int steps = stepsFrom(k);
    int left = part.rows() - row;
    int height = Tile.rows(left);
    int width = Math.min(Tile.WIDTH, part.columns() - column);
    int a = rowsAt + row * steps;
    int b = columnsAt + column * steps;
    boolean add = part.add() || k > 0;
    Tile.multiply(height, rows, a, height, columns, b, steps, tile, 0, Tile.WIDTH);
    Tile.store(tile, part.c(), row, Math.min(Tile.ROWS, left), column, width, add);
  }
}

package dev.fader.kernel;

import java.util.ArrayDeque;

/// Matrix products as in Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication
/// (2008): a panel of b is packed once for all workers, each worker packs blocks of a, and tiles of
/// the result are summed in registers.
///
/// Every element is the sum of one chain of fused multiply-adds per [#DEPTH] steps, in order,
/// whatever tile or worker it falls to.
final class VectorProduct implements ProductKernel {
  static final int DEPTH = 256;
  private static final int BLOCK_ROWS = 96;
  private static final int PANEL_DEPTH = 2048;
  private static final int PANEL_FLOATS = 1 << 20;

  private final Workers workers;
  private final ArrayDeque<Scratch> idle = new ArrayDeque<>();

  VectorProduct(Workers workers) {
    this.workers = workers;
  }

  @Override
  public void multiply(Matrix a, Matrix b, Matrix c, boolean add) {
    if (liesOnItsSide(c)) {
      multiply(b.transposed(), a.transposed(), c.transposed(), add);
      return;
    }
    if (c.rows() == 0 || c.columns() == 0) {
      return;
    }
    if (a.columns() == 0) {
      if (!add) {
        c.fill(0);
      }
      return;
    }
    var scratch = take();
    try {
      if (c.rows() <= FewRows.MOST && FewRows.canRead(b)) {
        float[] rows = scratch.panel(c.rows() * a.columns());
        var product = new FewRows(a, b, c, add, rows);
        workers.forEach(product.chunks(), (chunk, worker) -> product.run(chunk));
        return;
      }
      int panelDepth = Math.min(a.columns(), PANEL_DEPTH);
      int panelColumns = Math.max(1, PANEL_FLOATS / panelDepth / Tile.WIDTH) * Tile.WIDTH;
      for (int column = 0; column < c.columns(); column += panelColumns) {
        int columns = Math.min(panelColumns, c.columns() - column);
        for (int k = 0; k < a.columns(); k += PANEL_DEPTH) {
          int depth = Math.min(PANEL_DEPTH, a.columns() - k);
          multiplyPanel(
              a.columns(k, depth),
              b.rows(k, depth).columns(column, columns),
              c.columns(column, columns),
              add || k > 0,
              scratch);
        }
      }
    } finally {
      giveBack(scratch);
    }
  }

  /// Whether the transposed product is the better one: few rows are better than few columns, and
  /// rows of the result should be contiguous.
  private static boolean liesOnItsSide(Matrix c) {
    return Math.min(c.rows(), c.columns()) <= FewRows.MOST
        ? c.columns() < c.rows()
        : c.columnStride() != 1 && c.rowStride() == 1;
  }

  private void multiplyPanel(Matrix a, Matrix b, Matrix c, boolean add, Scratch scratch) {
    int strips = Math.ceilDiv(c.columns(), Tile.WIDTH);
    int depth = a.columns();
    float[] panel = scratch.panel(strips * Tile.WIDTH * depth);
    var rows = Window.ofRows(a);
    var columns = Window.ofColumns(b);
    int rowBlocks = Math.ceilDiv(c.rows(), BLOCK_ROWS);
    int groups = Math.max(1, Math.min(strips, Math.ceilDiv(4 * workers.threads(), rowBlocks)));
    int stripsPerGroup = Math.ceilDiv(strips, groups);
    int columnGroups = Math.ceilDiv(strips, stripsPerGroup);
    workers.forEach(
        strips,
        (strip, worker) -> {
          int column = strip * Tile.WIDTH;
          int lines = Math.min(Tile.WIDTH, c.columns() - column);
          for (int k = 0; k < depth; k += DEPTH) {
            int steps = Math.min(DEPTH, depth - k);
            int at = k * strips * Tile.WIDTH + strip * steps * Tile.WIDTH;
            Packing.pack(columns, column, lines, k, steps, panel, at, Tile.WIDTH);
          }
        });
    workers.forEach(
        rowBlocks * columnGroups,
        (chunk, worker) -> {
          int row = chunk / columnGroups * BLOCK_ROWS;
          int firstStrip = chunk % columnGroups * stripsPerGroup;
          int endStrip = Math.min(strips, firstStrip + stripsPerGroup);
          float[] block = scratch.blocks[worker];
          float[] tile = scratch.tiles[worker];
          int count = Math.min(BLOCK_ROWS, c.rows() - row);
          for (int k = 0; k < depth; k += DEPTH) {
            int steps = Math.min(DEPTH, depth - k);
            for (int i = 0; i < count; i += Tile.ROWS) {
              Packing.pack(
                  rows,
                  row + i,
                  Math.min(Tile.ROWS, count - i),
                  k,
                  steps,
                  block,
                  i * steps,
                  Tile.rows(count - i));
            }
            for (int strip = firstStrip; strip < endStrip; strip++) {
              int column = strip * Tile.WIDTH;
              int width = Math.min(Tile.WIDTH, c.columns() - column);
              int at = k * strips * Tile.WIDTH + strip * steps * Tile.WIDTH;
              for (int i = 0; i < count; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, count - i);
                Tile.multiply(
                    Tile.rows(height),
                    block,
                    i * steps,
                    Tile.rows(height),
                    panel,
                    at,
                    steps,
                    tile,
                    0,
                    Tile.WIDTH);
                Tile.store(tile, c, row + i, height, column, width, add || k > 0);
              }
            }
          }
        });
  }

  private Scratch take() {
    synchronized (idle) {
      var scratch = idle.poll();
      return scratch == null ? new Scratch(workers.threads()) : scratch;
    }
  }

  private void giveBack(Scratch scratch) {
    synchronized (idle) {
      idle.push(scratch);
    }
  }

  private static final class Scratch {
    final float[][] blocks;
    final float[][] tiles;
    private float[] panel = {};

    Scratch(int threads) {
      blocks = new float[threads][BLOCK_ROWS * DEPTH];
      tiles = new float[threads][Tile.ROWS * Tile.WIDTH];
    }

    float[] panel(int floats) {
      if (panel.length < floats) {
        panel = new float[floats];
      }
      return panel;
    }
  }
}

package dev.fader.kernel;

import java.util.ArrayDeque;

/// Matrix products as in Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication
/// (2008): a panel of b is packed once for all workers, each worker packs blocks of a, and tiles of
/// the result are summed in registers.
///
/// Every element is the sum of one chain of fused multiply-adds per [PanelProduct#DEPTH] steps, in
/// order, whatever tile or worker it falls to.
final class VectorProduct implements ProductKernel {
  /// Steps of the summed dimension and floats of b that are packed at a time: 4 MiB, a part of the
  /// cache that the workers share.
  private static final int PANEL_DEPTH = 2048;

  private static final int PANEL_FLOATS = 1 << 20;

  private final Workers workers;
  private final ArrayDeque<ProductScratch> idle = new ArrayDeque<>();

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
      } else {
        multiplyPanels(a, b, c, add, scratch);
      }
    } finally {
      giveBack(scratch);
    }
  }

  private void multiplyPanels(Matrix a, Matrix b, Matrix c, boolean add, ProductScratch scratch) {
    int panelDepth = Math.min(a.columns(), PANEL_DEPTH);
    int panelColumns = Math.max(1, PANEL_FLOATS / panelDepth / Tile.WIDTH) * Tile.WIDTH;
    for (int column = 0; column < c.columns(); column += panelColumns) {
      int columns = Math.min(panelColumns, c.columns() - column);
      for (int k = 0; k < a.columns(); k += PANEL_DEPTH) {
        int depth = Math.min(PANEL_DEPTH, a.columns() - k);
        var left = a.columns(k, depth);
        var right = b.rows(k, depth).columns(column, columns);
        var result = c.columns(column, columns);
        new PanelProduct(left, right, result, add || k > 0, scratch).run(workers);
      }
    }
  }

  /// Whether the transposed product is the better one: few rows are better than few columns, and
  /// rows of the result should be contiguous.
  private static boolean liesOnItsSide(Matrix c) {
    return Math.min(c.rows(), c.columns()) <= FewRows.MOST
        ? c.columns() < c.rows()
        : c.columnStride() != 1 && c.rowStride() == 1;
  }

  private ProductScratch take() {
    synchronized (idle) {
      var scratch = idle.poll();
      return scratch == null ? new ProductScratch(workers.threads()) : scratch;
    }
  }

  private void giveBack(ProductScratch scratch) {
    synchronized (idle) {
      idle.push(scratch);
    }
  }
}

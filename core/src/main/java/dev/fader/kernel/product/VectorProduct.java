package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import java.util.ArrayDeque;

/// Matrix products as in Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication
/// (2008): a panel of the smaller operand is packed once for all workers, each worker packs pieces
/// of the larger, and tiles of the result are summed in registers.
///
/// Every element is the sum of one chain of fused multiply-adds per [PackedProduct#DEPTH] steps, in
/// order, whatever tile or worker it falls to.
public final class VectorProduct implements ProductKernel {
  /// Steps of the summed dimension and floats that are packed for all workers at a time: 6 MiB, a
  /// part of the cache that they share.
  private static final int PANEL_DEPTH = 2048;

  private static final int PANEL_FLOATS = 3 << 19;

  /// A multiple of every [Tile#ROWS] and [Tile#WIDTH].
  private static final int PIECE = 96;

  private final Workers workers;
  private final ArrayDeque<ProductScratch> idle = new ArrayDeque<>();

  public VectorProduct(Workers workers) {
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
      var product = new PackedProduct(a, b, c, add);
      if (c.rows() <= FewRows.MOST && FewRows.canRead(b)) {
        multiplyFewRows(product, scratch);
      } else {
        multiplyPanels(product, scratch);
      }
    } finally {
      giveBack(scratch);
    }
  }

  private void multiplyFewRows(PackedProduct product, ProductScratch scratch) {
    float[] rows = scratch.panel(product.rows() * product.depth());
    if (product.b().tensor().type().isQuantized()) {
      var blocks = new FewRowsOfBlocks(product, rows, scratch.decoded(0));
      workers.forEach(
          blocks.chunks(), (chunk, worker) -> blocks.run(chunk, scratch.decoded(worker)));
    } else {
      var plain = new FewRows(product, rows, scratch.decoded(0));
      workers.forEach(plain.chunks(), (chunk, worker) -> plain.run(chunk));
    }
  }

  private void multiplyPanels(PackedProduct whole, ProductScratch scratch) {
    boolean shareRows = whole.rows() < whole.columns();
    int shared = shareRows ? whole.rows() : whole.columns();
    for (int k = 0; k < whole.depth(); k += PANEL_DEPTH) {
      var part = whole.steps(k, Math.min(PANEL_DEPTH, whole.depth() - k));
      int lines = PANEL_FLOATS / part.depth() / PIECE * PIECE;
      for (int start = 0; start < shared; start += lines) {
        var panel = shareRows ? part.ofRows(start, lines) : part.ofColumns(start, lines);
        new PanelProduct(panel, shareRows, scratch).run(workers);
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

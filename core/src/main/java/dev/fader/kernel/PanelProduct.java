package dev.fader.kernel;

/// The product of a with a panel of b that fits the cache the workers share: first the panel is
/// packed, a strip per chunk, then the result is computed, a block of rows and a group of strips
/// per chunk. How many chunks there are changes no result: every element is summed in the same
/// order.
final class PanelProduct {
  /// Rows of a that a worker packs at a time, at most: a multiple of every [Tile#ROWS]. Times
  /// [#DEPTH] they fill a tenth of the second-level cache, which b's strips pass through.
  static final int BLOCK_ROWS = 96;

  /// Steps of the summed dimension between two visits to the result, at most. A strip of b and a
  /// tile's rows of a for so many fill the first-level cache.
  static final int DEPTH = 256;

  private static final int LEAST_BLOCK_ROWS = 24;

  /// A block of a is packed anew for each group: with fewer strips that would cost too much.
  private static final int LEAST_GROUP = 8;

  private static final int CHUNKS_PER_WORKER = 4;

  /// Below this many multiplications waking another thread takes longer than the product.
  private static final long LEAST_SHARED = 1 << 17;

  private final Window rows;
  private final Window columns;
  private final Matrix c;
  private final boolean add;
  private final ProductScratch scratch;
  private final float[] panel;
  private final int depth;
  private final int step;
  private final int strips;
  private int blockRows = BLOCK_ROWS;
  private int groups;

  PanelProduct(Matrix a, Matrix b, Matrix c, boolean add, ProductScratch scratch) {
    rows = Window.ofRows(a);
    columns = Window.ofColumns(b);
    this.c = c;
    this.add = add;
    this.scratch = scratch;
    depth = a.columns();
    step = Math.ceilDiv(depth, Math.ceilDiv(depth, DEPTH));
    strips = Math.ceilDiv(c.columns(), Tile.WIDTH);
    panel = scratch.panel(strips * Tile.WIDTH * depth);
  }

  void run(Workers workers) {
    if ((long) c.rows() * c.columns() * depth < LEAST_SHARED) {
      divide(1);
      workers.forEach(1, (chunk, worker) -> runAll(worker));
    } else {
      divide(CHUNKS_PER_WORKER * workers.threads());
      workers.forEach(strips, (strip, worker) -> packStrip(strip));
      workers.forEach(chunks(), this::multiplyChunk);
    }
  }

  private void runAll(int worker) {
    for (int strip = 0; strip < strips; strip++) {
      packStrip(strip);
    }
    for (int chunk = 0; chunk < chunks(); chunk++) {
      multiplyChunk(chunk, worker);
    }
  }

  private int chunks() {
    return Math.ceilDiv(c.rows(), blockRows) * groups;
  }

  /// Chooses blocks and groups so that there are `wanted` chunks, if they would not be too small.
  private void divide(int wanted) {
    int most = Math.max(1, strips / LEAST_GROUP);
    groups = Math.clamp(Math.ceilDiv(wanted, Math.ceilDiv(c.rows(), blockRows)), 1, most);
    while (chunks() < wanted && blockRows > LEAST_BLOCK_ROWS) {
      blockRows /= 2;
    }
  }

  /// Where the panel holds `strip` from depth `k`, `steps` deep.
  private int panelAt(int strip, int k, int steps) {
    return (k * strips + strip * steps) * Tile.WIDTH;
  }

  private void packStrip(int strip) {
    int column = strip * Tile.WIDTH;
    int lines = Math.min(Tile.WIDTH, c.columns() - column);
    for (int k = 0; k < depth; k += step) {
      int steps = Math.min(step, depth - k);
      Packing.pack(columns, column, lines, k, steps, panel, panelAt(strip, k, steps), Tile.WIDTH);
    }
  }

  private void multiplyChunk(int chunk, int worker) {
    int row = chunk / groups * blockRows;
    int count = Math.min(blockRows, c.rows() - row);
    int firstStrip = (int) ((long) strips * (chunk % groups) / groups);
    int endStrip = (int) ((long) strips * (chunk % groups + 1) / groups);
    float[] block = scratch.block(worker);
    for (int k = 0; k < depth; k += step) {
      int steps = Math.min(step, depth - k);
      packBlock(row, count, k, steps, block);
      for (int strip = firstStrip; strip < endStrip; strip++) {
        multiplyStrip(row, count, strip, k, steps, worker);
      }
    }
  }

  private void packBlock(int row, int count, int k, int steps, float[] block) {
    for (int i = 0; i < count; i += Tile.ROWS) {
      int lines = Math.min(Tile.ROWS, count - i);
      Packing.pack(rows, row + i, lines, k, steps, block, i * steps, Tile.rows(lines));
    }
  }

  private void multiplyStrip(int row, int count, int strip, int k, int steps, int worker) {
    float[] block = scratch.block(worker);
    float[] tile = scratch.tile(worker);
    int at = panelAt(strip, k, steps);
    int column = strip * Tile.WIDTH;
    int width = Math.min(Tile.WIDTH, c.columns() - column);
    for (int i = 0; i < count; i += Tile.ROWS) {
      int lines = Math.min(Tile.ROWS, count - i);
      int height = Tile.rows(lines);
      Tile.multiply(height, block, i * steps, height, panel, at, steps, tile, 0, Tile.WIDTH);
      Tile.store(tile, c, row + i, lines, column, width, add || k > 0);
    }
  }
}

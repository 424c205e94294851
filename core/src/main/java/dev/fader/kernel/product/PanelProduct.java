package dev.fader.kernel.product;

import dev.fader.kernel.parallel.Workers;

/// The product with a panel of the smaller operand that fits the cache the workers share: first the
/// panel is packed, a tile's lines per chunk, then the result is computed. For that each worker
/// packs a piece of the larger operand, and has it, its part of the result and, for the steps in
/// hand, the panel in its own cache. How many pieces there are changes no result: every element is
/// summed in the same order.
final class PanelProduct {
  /// Rows of a piece at most: a multiple of every [Tile#ROWS].
  private static final int PIECE_ROWS = 96;

  /// Columns of a piece at most: a multiple of every [Tile#WIDTH].
  private static final int PIECE_COLUMNS = 128;

  private static final int PIECES_PER_WORKER = 4;

  /// Below this many multiplications waking another thread takes longer than the product.
  private static final long LEAST_SHARED = 1 << 17;

  private final PackedProduct product;
  private final boolean sharesRows;
  private final ProductScratch scratch;

  /// The shared lines, packed: those of all tiles for the first steps, then for the next.
  private final float[] panel;

  private final int panelLines;

  /// @param sharesRows whether the shared panel is of a's rows rather than b's columns
  PanelProduct(PackedProduct product, boolean sharesRows, ProductScratch scratch) {
    this.product = product;
    this.sharesRows = sharesRows;
    this.scratch = scratch;
    int tile = sharesRows ? Tile.ROWS : Tile.WIDTH;
    int lines = sharesRows ? product.rows() : product.columns();
    panelLines = Math.ceilDiv(lines, tile) * tile;
    panel = scratch.panel(panelLines * product.depth());
  }

  /// The longest array that [#multiply] packs a piece into.
  static int pieceFloats() {
    return Math.max(PIECE_ROWS, PIECE_COLUMNS) * PackedProduct.DEPTH;
  }

  void run(Workers workers) {
    long multiplications = (long) product.rows() * product.columns() * product.depth();
    int wanted = multiplications < LEAST_SHARED ? 1 : PIECES_PER_WORKER * workers.threads();
    int tile = sharesRows ? Tile.ROWS : Tile.WIDTH;
    int most = sharesRows ? PIECE_COLUMNS : PIECE_ROWS;
    int other = sharesRows ? Tile.WIDTH : Tile.ROWS;
    int lines = sharesRows ? product.columns() : product.rows();
    int fair = Math.ceilDiv(Math.ceilDiv(lines, wanted), other) * other;
    int piece = Math.clamp(fair, other, most);
    int tiles = panelLines / tile;
    int pieces = Math.ceilDiv(lines, piece);
    if (wanted == 1) {
      workers.forEach(1, (chunk, worker) -> runAll(tiles, pieces, piece, worker));
    } else {
      workers.forEach(tiles, (chunk, worker) -> packShared(chunk * tile, worker));
      workers.forEach(pieces, (chunk, worker) -> multiply(chunk * piece, piece, worker));
    }
  }

  private void runAll(int tiles, int pieces, int piece, int worker) {
    for (int tile = 0; tile < tiles; tile++) {
      packShared(tile * (panelLines / tiles), worker);
    }
    for (int chunk = 0; chunk < pieces; chunk++) {
      multiply(chunk * piece, piece, worker);
    }
  }

  private void packShared(int line, int worker) {
    float[] decoded = scratch.decoded(worker);
    for (int k = 0; k < product.depth(); k += product.step()) {
      if (sharesRows) {
        product.packRows(line, k, panel, panelLines * k, decoded);
      } else {
        product.packColumns(line, k, panel, panelLines * k, decoded);
      }
    }
  }

  private void multiply(int start, int count, int worker) {
    if (sharesRows) {
      multiplyColumns(product.ofColumns(start, count), worker);
    } else {
      multiplyRows(product.ofRows(start, count), worker);
    }
  }

  private void multiplyColumns(PackedProduct piece, int worker) {
    float[] columns = scratch.piece(worker);
    for (int k = 0; k < piece.depth(); k += piece.step()) {
      for (int column = 0; column < piece.columns(); column += Tile.WIDTH) {
        piece.packColumns(column, k, columns, 0, scratch.decoded(worker));
      }
      piece.multiply(k, panel, panelLines * k, columns, 0, scratch.tile(worker));
    }
  }

  private void multiplyRows(PackedProduct piece, int worker) {
    float[] rows = scratch.piece(worker);
    for (int k = 0; k < piece.depth(); k += piece.step()) {
      for (int row = 0; row < piece.rows(); row += Tile.ROWS) {
        piece.packRows(row, k, rows, 0, scratch.decoded(worker));
      }
      piece.multiply(k, rows, 0, panel, panelLines * k, scratch.tile(worker));
    }
  }
}

package dev.fader.kernel;

/// The arrays of one matrix product at a time: a panel for all workers, a piece and a tile for
/// each.
final class ProductScratch {
  private final float[][] pieces;
  private final float[][] tiles;
  private float[] panel = {};

  ProductScratch(int threads) {
    pieces = new float[threads][PanelProduct.pieceFloats()];
    tiles = new float[threads][Tile.ROWS * Tile.WIDTH];
  }

  /// At least `floats` long, with whatever it held last.
  float[] panel(int floats) {
    if (panel.length < floats) {
      panel = new float[floats];
    }
    return panel;
  }

  /// Packed lines of the larger operand.
  float[] piece(int worker) {
    return pieces[worker];
  }

  /// One tile of the result.
  float[] tile(int worker) {
    return tiles[worker];
  }
}

package dev.fader.kernel;

/// The arrays of one matrix product at a time: a panel for all workers, a block and a tile for
/// each.
final class ProductScratch {
  private final float[][] blocks;
  private final float[][] tiles;
  private float[] panel = {};

  ProductScratch(int threads) {
    blocks = new float[threads][PanelProduct.BLOCK_ROWS * PanelProduct.DEPTH];
    tiles = new float[threads][Tile.ROWS * Tile.WIDTH];
  }

  /// At least `floats` long, with whatever it held last.
  float[] panel(int floats) {
    if (panel.length < floats) {
      panel = new float[floats];
    }
    return panel;
  }

  /// Packed rows of the left operand.
  float[] block(int worker) {
    return blocks[worker];
  }

  /// One tile of the result.
  float[] tile(int worker) {
    return tiles[worker];
  }
}

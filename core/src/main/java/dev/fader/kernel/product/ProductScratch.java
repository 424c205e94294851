package dev.fader.kernel.product;

import dev.fader.kernel.interleaved.InterleavedPacking;
import dev.fader.kernel.parallel.Workers;

/// What one matrix product at a time needs: a panel for all workers, a block and a tile for each.
final class ProductScratch {
  private static final int DECODED = BlockPacking.floatsForLines(Math.max(Tile.WIDTH, Tile.ROWS));

  private final FewRows few;
  private final float[][] blocks;
  private final float[][] tiles;
  private final float[][] decoded;
  private final InterleavedPacking[] strips;
  private float[] panel = {};

  /// @param inFloat32 whether no rows are taken in eight bits
  ProductScratch(Workers workers, boolean inFloat32) {
    int threads = workers.threads();
    few = new FewRows(workers, inFloat32);
    blocks = new float[threads][PanelProduct.blockFloats()];
    tiles = new float[threads][Tile.ROWS * Tile.WIDTH];
    decoded = new float[threads][DECODED];
    strips = new InterleavedPacking[threads];
    for (int i = 0; i < threads; i++) {
      strips[i] = new InterleavedPacking();
    }
  }

  /// Products with few rows.
  FewRows few() {
    return few;
  }

  /// At least `floats` long, with whatever it held last.
  float[] panel(int floats) {
    if (panel.length < floats) {
      panel = new float[floats];
    }
    return panel;
  }

  /// Packed lines of the larger operand.
  float[] block(int worker) {
    return blocks[worker];
  }

  /// Lines of a quantised operand.
  float[] decoded(int worker) {
    return decoded[worker];
  }

  /// Packs interleaved operands.
  InterleavedPacking strips(int worker) {
    return strips[worker];
  }

  /// One tile of the result.
  float[] tile(int worker) {
    return tiles[worker];
  }
}

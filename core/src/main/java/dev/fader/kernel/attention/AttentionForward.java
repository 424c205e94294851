package dev.fader.kernel.attention;

import dev.fader.kernel.attention.AttentionScratch.Use;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.product.Tile;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.Tensor;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Attention of one query head of one sequence, a block of queries at a time: scores, softmax, sum.
final class AttentionForward {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();

  private final AttentionHead head;
  private final AttentionShape shape;
  private final AttentionPanels panels;
  private final float[] keyLines;
  private final float[] valueColumns;
  private final float[] scores;
  private final float sink;
  private final float[] sums = new float[AttentionPanels.BLOCK];

  AttentionForward(AttentionHead head, AttentionInputs in, AttentionScratch scratch) {
    this.head = head;
    shape = head.shape();
    panels = new AttentionPanels(shape, scratch);
    keyLines = panels.packLines(head.ofKeyHead(in.key()), Use.KEY_LINES);
    valueColumns = panels.packColumns(head.ofKeyHead(in.value()), panels.keys, Use.VALUE_COLUMNS);
    scores = panels.block(Use.SCORES);
    sink = in.sink(head.head());
  }

  void run(AttentionInputs in, Matrix out, Tensor logSumExp) {
    var query = head.ofQueryHead(in.query());
    var headOut = head.ofQueryHead(out);
    for (int first = 0; first < shape.queries(); first += AttentionPanels.BLOCK) {
      int count = Math.min(AttentionPanels.BLOCK, shape.queries() - first);
      float[] rows = panels.packRows(query.rows(first, count), Use.QUERY_ROWS);
      panels.multiply(rows, first, count, keyLines, scores);
      for (int i = 0; i < count; i++) {
        logSumExp.set(head.statistic(first + i), softmax(first, count, i));
      }
      for (int i = 0; i < count; i += Tile.ROWS) {
        weigh(first, i, Math.min(Tile.ROWS, count - i), headOut);
      }
    }
  }

  /// Turns row `i` of the scores into exponentials, keeps their sum and returns its logarithm.
  private float softmax(int first, int count, int i) {
    int row = i * panels.stride;
    int from = row + panels.tilesStart(first, i);
    int end = row + panels.tilesEnd(first, count, i);
    panels.scale(scores, from, end);
    Arrays.fill(scores, from, row + shape.firstKey(first + i), Float.NEGATIVE_INFINITY);
    Arrays.fill(scores, row + shape.endKey(first + i), end, Float.NEGATIVE_INFINITY);
    float largest = Math.max(sink, AttentionPanels.largest(scores, from, end));
    var sum = FloatVector.zero(FLOATS);
    for (int j = from; j < end; j += LANES) {
      var weight = VectorMath.exp(FloatVector.fromArray(FLOATS, scores, j).sub(largest));
      weight.intoArray(scores, j);
      sum = sum.add(weight);
    }
    sums[i] = VectorMath.sum(sum) + (float) Math.exp(sink - largest);
    return largest + (float) Math.log(sums[i]);
  }

  /// out = weights value for `height` rows from row `i` of the block.
  private void weigh(int first, int i, int height, Matrix out) {
    int rows = Tile.rows(height);
    int key = shape.firstKey(first + i);
    int depth = shape.endKey(first + i + height - 1) - key;
    float[] weights = panels.transpose(scores, i * panels.stride + key, rows, depth);
    float[] tile = panels.tile();
    for (int strip = 0; strip < panels.strips; strip++) {
      int at = (strip * panels.keys + key) * Tile.WIDTH;
      Tile.multiply(rows, weights, 0, rows, valueColumns, at, depth, tile, 0, Tile.WIDTH);
      for (int r = 0; r < height; r++) {
        divideRow(tile, r, sums[i + r]);
      }
      int column = strip * Tile.WIDTH;
      int width = Math.min(Tile.WIDTH, shape.headSize() - column);
      Tile.store(tile, out, first + i, height, column, width, false);
    }
  }

  private static void divideRow(float[] tile, int row, float divisor) {
    float factor = 1 / divisor;
    for (int j = row * Tile.WIDTH; j < (row + 1) * Tile.WIDTH; j++) {
      tile[j] *= factor;
    }
  }
}

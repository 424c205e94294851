package dev.fader.kernel.attention;

import dev.fader.kernel.attention.AttentionScratch.Use;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.product.Tile;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The gradient of attention for one key head of one sequence and the query heads that share it, a
/// block of queries at a time. The weights are computed anew from the scores and their logSumExp
/// (Dao et al., FlashAttention, 2022, algorithm 4).
final class AttentionBackward {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final FloatVector IOTA = FloatVector.zero(FLOATS).addIndex(1);

  private final AttentionShape shape;
  private final AttentionPanels panels;
  private final AttentionInputs in;
  private final float[] keyLines;
  private final float[] valueLines;
  private final float[] keyColumns;
  private final float[] weights;
  private final float[] slopes;
  private final float[] keyGradient;
  private final float[] valueGradient;
  private final int gradientStride;

  AttentionBackward(AttentionHead head, AttentionInputs in, AttentionScratch scratch) {
    this.in = in;
    shape = head.shape();
    panels = new AttentionPanels(shape, scratch);
    keyLines = panels.packLines(head.ofKeyHead(in.key()), Use.KEY_LINES);
    valueLines = panels.packLines(head.ofKeyHead(in.value()), Use.VALUE_LINES);
    keyColumns = panels.packColumns(head.ofKeyHead(in.key()), panels.keys, Use.KEY_COLUMNS);
    weights = panels.block(Use.SCORES);
    slopes = panels.block(Use.SLOPES);
    gradientStride = panels.strips * Tile.WIDTH;
    keyGradient = scratch.array(Use.KEY_GRADIENT, panels.keys * gradientStride);
    valueGradient = scratch.array(Use.VALUE_GRADIENT, panels.keys * gradientStride);
    Arrays.fill(keyGradient, 0, panels.keys * gradientStride, 0);
    Arrays.fill(valueGradient, 0, panels.keys * gradientStride, 0);
  }

  /// Adds what one query head contributes; sets the gradient of its queries.
  void addHead(AttentionHead head, Attention.Result result, AttentionInputs gradients) {
    var query = head.ofQueryHead(in.query());
    var outGradient = head.ofQueryHead(result.outGradient());
    var out = head.ofQueryHead(result.out());
    var queryGradient = head.ofQueryHead(gradients.query());
    for (int first = 0; first < shape.queries(); first += AttentionPanels.BLOCK) {
      int count = Math.min(AttentionPanels.BLOCK, shape.queries() - first);
      var queries = query.rows(first, count);
      var outGradients = outGradient.rows(first, count);
      float[] rows = panels.packRows(queries, Use.QUERY_ROWS);
      panels.multiply(rows, first, count, keyLines, weights);
      float[] gradientRows = panels.packRows(outGradients, Use.OUT_GRADIENT_ROWS);
      panels.multiply(gradientRows, first, count, valueLines, slopes);
      for (int i = 0; i < count; i++) {
        float total = result.logSumExp().get(head.statistic(first + i));
        float mean = dot(outGradient, out, first + i);
        slope(first, count, i, total, mean);
      }
      float[] gradientColumns = panels.packColumns(outGradients, count, Use.OUT_GRADIENT_COLUMNS);
      addTransposed(weights, first, count, gradientColumns, valueGradient);
      float[] queryColumns = panels.packColumns(queries, count, Use.QUERY_COLUMNS);
      addTransposed(slopes, first, count, queryColumns, keyGradient);
      for (int i = 0; i < count; i += Tile.ROWS) {
        setQueryGradient(first, i, Math.min(Tile.ROWS, count - i), queryGradient);
      }
    }
  }

  /// From scores s and products d = outGradient . value of row `i` to weights p = exp(s - total)
  /// and slopes p (d - mean) scale, zero where the row does not look.
  private void slope(int first, int count, int i, float total, float mean) {
    int row = i * panels.stride;
    int from = row + panels.tilesStart(first, i);
    int end = row + panels.tilesEnd(first, count, i);
    float slopeMean = mean;
    if (shape.softCap() > 0) {
      panels.scale(weights, from, end);
      slopeOfSoftCap(from, end, mean);
      slopeMean = 0;
    }
    weigh(row, from, end, first + i, total, slopeMean);
    int blockFrom = row + panels.tilesStart(first, 0);
    int blockEnd = row + panels.tilesEnd(first, count, count - 1);
    Arrays.fill(weights, blockFrom, from, 0);
    Arrays.fill(weights, end, blockEnd, 0);
    Arrays.fill(slopes, blockFrom, from, 0);
    Arrays.fill(slopes, end, blockEnd, 0);
  }

  /// One pass over a row: short rows cost as much in calls as in arithmetic.
  private void weigh(int row, int from, int end, int t, float total, float mean) {
    float scale = shape.scale();
    float weightScale = shape.softCap() > 0 ? 1 : scale;
    int firstKey = row + shape.firstKey(t);
    int endKey = row + shape.endKey(t);
    for (int j = from; j < end; j += LANES) {
      var score = FloatVector.fromArray(FLOATS, weights, j).mul(weightScale);
      var weight = VectorMath.exp(score.sub(total));
      weight = weight.blend(0, IOTA.compare(VectorOperators.GE, endKey - j));
      weight = weight.blend(0, IOTA.compare(VectorOperators.LT, firstKey - j));
      weight.intoArray(weights, j);
      var slope = FloatVector.fromArray(FLOATS, slopes, j).sub(mean).mul(scale);
      slope.mul(weight).intoArray(slopes, j);
    }
  }

  /// d becomes (d - mean) (1 - (s / cap)^2).
  private void slopeOfSoftCap(int from, int end, float mean) {
    float inverse = 1 / shape.softCap();
    for (int j = from; j < end; j += LANES) {
      var tanh = FloatVector.fromArray(FLOATS, weights, j).mul(inverse);
      var slope = tanh.neg().fma(tanh, FloatVector.broadcast(FLOATS, 1));
      FloatVector.fromArray(FLOATS, slopes, j).sub(mean).mul(slope).intoArray(slopes, j);
    }
  }

  /// gradient += block^T columns, for the keys that the block sees.
  private void addTransposed(
      float[] block, int first, int count, float[] columns, float[] gradient) {
    float[] tile = panels.tile();
    int end = shape.endKey(first + count - 1);
    for (int key = shape.firstKey(first); key < end; key += Tile.ROWS) {
      int height = Math.min(Tile.ROWS, end - key);
      int start = Math.clamp(key - shape.firstPosition() - first, 0, count - 1);
      for (int strip = 0; strip < panels.strips; strip++) {
        Tile.multiply(
            Tile.rows(height),
            block,
            start * panels.stride + key,
            panels.stride,
            columns,
            (strip * count + start) * Tile.WIDTH,
            count - start,
            tile,
            0,
            Tile.WIDTH);
        addTile(tile, height, gradient, key * gradientStride + strip * Tile.WIDTH);
      }
    }
  }

  private void addTile(float[] tile, int rows, float[] sums, int at) {
    for (int r = 0; r < rows; r++) {
      int to = at + r * gradientStride;
      for (int j = 0; j < Tile.WIDTH; j += LANES) {
        var sum = FloatVector.fromArray(FLOATS, sums, to + j);
        sum.add(FloatVector.fromArray(FLOATS, tile, r * Tile.WIDTH + j)).intoArray(sums, to + j);
      }
    }
  }

  /// queryGradient = slopes key for `height` rows from row `i` of the block.
  private void setQueryGradient(int first, int i, int height, Matrix gradient) {
    int rows = Tile.rows(height);
    int key = shape.firstKey(first + i);
    int depth = shape.endKey(first + i + height - 1) - key;
    float[] transposed = panels.transpose(slopes, i * panels.stride + key, rows, depth);
    float[] tile = panels.tile();
    for (int strip = 0; strip < panels.strips; strip++) {
      int at = (strip * panels.keys + key) * Tile.WIDTH;
      Tile.multiply(rows, transposed, 0, rows, keyColumns, at, depth, tile, 0, Tile.WIDTH);
      int column = strip * Tile.WIDTH;
      int width = Math.min(Tile.WIDTH, shape.headSize() - column);
      Tile.store(tile, gradient, first + i, height, column, width, false);
    }
  }

  /// Writes the gradients of keys and values; keys that no query sees get zero.
  void storeKeyAndValue(AttentionHead head, AttentionInputs gradients) {
    storeRows(keyGradient, head.ofKeyHead(gradients.key()));
    storeRows(valueGradient, head.ofKeyHead(gradients.value()));
  }

  private void storeRows(float[] from, Matrix to) {
    float[] tile = panels.tile();
    for (int key = 0; key < panels.keys; key++) {
      for (int column = 0; column < shape.headSize(); column += Tile.WIDTH) {
        int width = Math.min(Tile.WIDTH, shape.headSize() - column);
        System.arraycopy(from, key * gradientStride + column, tile, 0, Tile.WIDTH);
        Tile.store(tile, to, key, 1, column, width, false);
      }
    }
    to.rows(panels.keys, to.rows() - panels.keys).fill(0);
  }

  /// Row `row` of `a` times row `row` of `b`.
  private static float dot(Matrix a, Matrix b, int row) {
    if (a.columnStride() != 1 || b.columnStride() != 1) {
      return tail(a, b, row, 0, 0);
    }
    var left = a.tensor().segment();
    var right = b.tensor().segment();
    long leftStart = (a.offset() + row * a.rowStride()) * 4;
    long rightStart = (b.offset() + row * b.rowStride()) * 4;
    int end = FLOATS.loopBound(a.columns());
    var sum = FloatVector.zero(FLOATS);
    for (int j = 0; j < end; j += FLOATS.length()) {
      var x = FloatVector.fromMemorySegment(FLOATS, left, leftStart + j * 4L, Lanes.ORDER);
      var y = FloatVector.fromMemorySegment(FLOATS, right, rightStart + j * 4L, Lanes.ORDER);
      sum = x.fma(y, sum);
    }
    return tail(a, b, row, end, VectorMath.sum(sum));
  }

  private static float tail(Matrix a, Matrix b, int row, int start, float sum) {
    for (int j = start; j < a.columns(); j++) {
      sum = Math.fma(a.get(row, j), b.get(row, j), sum);
    }
    return sum;
  }
}

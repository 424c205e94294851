package dev.fader.kernel.attention;

import dev.fader.kernel.attention.AttentionScratch.Use;
import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.product.Packing;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Attention of few queries over many keys, as when one token is written after the other: keys and
/// values are read once where they lie, because packing them would cost more than the products.
final class AttentionDecoding {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// From this many queries on packing pays.
  private static final int MOST_QUERIES = 4;

  private final AttentionHead head;
  private final AttentionShape shape;
  private final AttentionPanels panels;
  private final Matrix key;
  private final Matrix value;
  private final float[] query;
  private final float[] scores;
  private final float sink;

  AttentionDecoding(AttentionHead head, AttentionInputs in, AttentionScratch scratch) {
    this.head = head;
    shape = head.shape();
    panels = new AttentionPanels(shape, scratch);
    key = head.ofKeyHead(in.key());
    value = head.ofKeyHead(in.value());
    query = scratch.array(Use.QUERY_ROWS, shape.headSize());
    scores = scratch.array(Use.SCORES, panels.stride);
    sink = in.sink(head.head());
  }

  /// Whether this is the way for `shape` and `in`.
  static boolean suits(AttentionShape shape, AttentionInputs in) {
    return shape.queries() <= MOST_QUERIES
        && in.key().columnStride() == 1
        && in.value().columnStride() == 1;
  }

  void run(AttentionInputs in, Matrix out, Tensor logSumExp) {
    var queries = Window.ofRows(head.ofQueryHead(in.query()));
    var headOut = head.ofQueryHead(out);
    for (int t = 0; t < shape.queries(); t++) {
      Packing.pack(queries, t, 1, 0, shape.headSize(), query, 0, 1);
      int first = shape.firstKey(t);
      int count = shape.endKey(t) - first;
      for (int j = 0; j < count; j++) {
        scores[j] = score(first + j);
      }
      float largest = Math.max(sink, cap(count));
      float sum = exponentiate(count, largest) + (float) Math.exp(sink - largest);
      logSumExp.set(head.statistic(t), largest + (float) Math.log(sum));
      weigh(t, first, count, 1 / sum, headOut);
    }
  }

  private float score(int row) {
    var memory = key.tensor().segment();
    long start = (key.offset() + row * key.rowStride()) * 4;
    int end = FLOATS.loopBound(shape.headSize());
    var sums = FloatVector.zero(FLOATS);
    for (int d = 0; d < end; d += LANES) {
      var element = FloatVector.fromMemorySegment(FLOATS, memory, start + d * 4L, ORDER);
      sums = element.fma(FloatVector.fromArray(FLOATS, query, d), sums);
    }
    float sum = VectorMath.sum(sums);
    for (int d = end; d < shape.headSize(); d++) {
      sum = Math.fma(memory.get(Floats.LAYOUT, start + d * 4L), query[d], sum);
    }
    return sum;
  }

  /// Scales and caps the scores, fills up the last vector and returns the largest.
  private float cap(int count) {
    int end = AttentionPanels.roundUp(count);
    Arrays.fill(scores, count, end, 0);
    panels.scale(scores, 0, end);
    Arrays.fill(scores, count, end, Float.NEGATIVE_INFINITY);
    return AttentionPanels.largest(scores, 0, end);
  }

  private float exponentiate(int count, float largest) {
    var sum = FloatVector.zero(FLOATS);
    for (int j = 0; j < count; j += LANES) {
      var weight = VectorMath.exp(FloatVector.fromArray(FLOATS, scores, j).sub(largest));
      weight.intoArray(scores, j);
      sum = sum.add(weight);
    }
    return VectorMath.sum(sum);
  }

  /// out = weights value, four vectors of the head's columns at a time.
  private void weigh(int t, int first, int count, float factor, Matrix out) {
    float[] sums = panels.tile();
    var memory = value.tensor().segment();
    int column = 0;
    for (; column + 4 * LANES <= shape.headSize(); column += 4 * LANES) {
      weighFour(memory, start(first, column), count, sums);
      store(sums, 4 * LANES, factor, out, t, column);
    }
    for (; column + LANES <= shape.headSize(); column += LANES) {
      weighOne(memory, start(first, column), count, sums);
      store(sums, LANES, factor, out, t, column);
    }
    for (; column < shape.headSize(); column++) {
      float sum = 0;
      for (int j = 0; j < count; j++) {
        sum = Math.fma(scores[j], value.get(first + j, column), sum);
      }
      out.set(t, column, sum * factor);
    }
  }

  private long start(int row, int column) {
    return (value.offset() + row * value.rowStride() + column) * 4;
  }

  private void weighFour(MemorySegment memory, long start, int count, float[] sums) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    long stride = value.rowStride() * 4;
    for (int j = 0; j < count; j++) {
      var weight = FloatVector.broadcast(FLOATS, scores[j]);
      long at = start + j * stride;
      sum0 = FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER).fma(weight, sum0);
      sum1 =
          FloatVector.fromMemorySegment(FLOATS, memory, at + LANES * 4L, ORDER).fma(weight, sum1);
      sum2 =
          FloatVector.fromMemorySegment(FLOATS, memory, at + LANES * 8L, ORDER).fma(weight, sum2);
      sum3 =
          FloatVector.fromMemorySegment(FLOATS, memory, at + LANES * 12L, ORDER).fma(weight, sum3);
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  private void weighOne(MemorySegment memory, long start, int count, float[] sums) {
    var sum = FloatVector.zero(FLOATS);
    long stride = value.rowStride() * 4;
    for (int j = 0; j < count; j++) {
      var weight = FloatVector.broadcast(FLOATS, scores[j]);
      var element = FloatVector.fromMemorySegment(FLOATS, memory, start + j * stride, ORDER);
      sum = element.fma(weight, sum);
    }
    sum.intoArray(sums, 0);
  }

  private static void store(
      float[] sums, int columns, float factor, Matrix out, int row, int column) {
    for (int i = 0; i < columns; i++) {
      out.set(row, column + i, sums[i] * factor);
    }
  }
}

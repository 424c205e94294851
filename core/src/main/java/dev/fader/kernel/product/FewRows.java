package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.kernel.vector.HalfPrecision;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Products with so few rows that packing the right operand would cost more than the product: it is
/// read once, from memory, as it lies. This is what writing one token after the other consists of.
///
/// The order of the sums depends on how the right operand lies in memory and on nothing else.
final class FewRows {
  /// From this many rows on the packed product is faster.
  static final int MOST = 4;

  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// Columns of a chunk, and how many sums stand side by side where b's rows are contiguous.
  private static final int CHUNK = 8 * LANES;

  /// Columns of a chunk where b is quantised.
  private static final int DECODED_CHUNK = 32;

  /// Elements of a quantised column that are decoded at a time.
  private static final int PIECE = 2048;

  private final Window columns;
  private final int depth;
  private final Matrix c;
  private final boolean add;

  /// The rows of the left operand, one after the other.
  private final float[] rows;

  private FewRows(Product product, ProductScratch scratch) {
    columns = Window.ofColumns(product.b());
    depth = product.depth();
    c = product.c();
    add = product.add();
    rows = scratch.panel(c.rows() * depth);
    var left = Window.ofRows(product.a());
    for (int row = 0; row < c.rows(); row++) {
      BlockPacking.pack(left, row, 1, 0, depth, rows, row * depth, 1, scratch.decoded(0));
    }
  }

  /// Sets or adds to c; `product` has at most [#MOST] rows and a b that [#canRead].
  static void multiply(Product product, Workers workers, ProductScratch scratch) {
    var few = new FewRows(product, scratch);
    int columns = product.columns();
    if (few.columns.type().isQuantized()) {
      workers.forEach(
          Math.ceilDiv(columns, DECODED_CHUNK),
          (chunk, worker) -> few.runDecoded(chunk, scratch.decoded(worker)));
    } else {
      workers.forEach(Math.ceilDiv(columns, CHUNK), (chunk, worker) -> few.run(chunk));
    }
  }

  /// The floats that decoding needs of scratch.
  static int decodedFloats() {
    return PIECE + BlockLines.MARGIN + MOST;
  }

  /// Whether b lies so that it can be read as it is.
  static boolean canRead(Matrix b) {
    return b.rowStride() == 1 || (b.columnStride() == 1 && b.tensor().type() == DType.FLOAT32);
  }

  private void run(int chunk) {
    int first = chunk * CHUNK;
    int end = Math.min(c.columns(), first + CHUNK);
    for (int row = 0; row < c.rows(); row++) {
      if (columns.depthStride() == 1) {
        for (int column = first; column < end; column++) {
          set(row, column, alongColumn(row, column));
        }
      } else if (end - first == CHUNK && c.columnStride() == 1) {
        acrossColumns(row, first);
      } else {
        for (int column = first; column < end; column++) {
          set(row, column, downColumn(row, column));
        }
      }
    }
  }

  private void runDecoded(int chunk, float[] decoded) {
    int end = Math.min(c.columns(), (chunk + 1) * DECODED_CHUNK);
    for (int column = chunk * DECODED_CHUNK; column < end; column++) {
      multiplyDecoded(column, decoded);
    }
  }

  /// A piece of a quantised column is decoded into an array that stays in the first-level cache and
  /// multiplied with every row.
  private void multiplyDecoded(int column, float[] decoded) {
    int sums = PIECE + BlockLines.MARGIN;
    java.util.Arrays.fill(decoded, sums, sums + c.rows(), 0);
    for (int k = 0; k < depth; k += PIECE) {
      int count = Math.min(PIECE, depth - k);
      int at = BlockLines.read(columns, column, k, count, decoded, 0);
      for (int row = 0; row < c.rows(); row++) {
        decoded[sums + row] += dotDecoded(decoded, at, row * depth + k, count);
      }
    }
    for (int row = 0; row < c.rows(); row++) {
      set(row, column, decoded[sums + row]);
    }
  }

  private void set(int row, int column, float sum) {
    c.set(row, column, add ? c.get(row, column) + sum : sum);
  }

  private float alongColumn(int row, int column) {
    long start = columns.at(column, 0);
    return switch (columns.type()) {
      case FLOAT32 -> dot(columns.memory(), start * 4, row * depth);
      case BFLOAT16 -> dotBfloat16(columns.memory(), start * 2, row * depth);
      case FLOAT16 -> dotFloat16(columns.memory(), start * 2, row * depth);
      default -> throw new IllegalStateException("no product of " + columns.type());
    };
  }

  private float dot(MemorySegment memory, long start, int at) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 4 * LANES <= depth; k += 4 * LANES) {
      long from = start + k * 4L;
      var x0 = FloatVector.fromArray(FLOATS, rows, at + k);
      var x1 = FloatVector.fromArray(FLOATS, rows, at + k + LANES);
      var x2 = FloatVector.fromArray(FLOATS, rows, at + k + 2 * LANES);
      var x3 = FloatVector.fromArray(FLOATS, rows, at + k + 3 * LANES);
      sum0 = FloatVector.fromMemorySegment(FLOATS, memory, from, ORDER).fma(x0, sum0);
      sum1 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 4L, ORDER).fma(x1, sum1);
      sum2 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 8L, ORDER).fma(x2, sum2);
      sum3 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 12L, ORDER).fma(x3, sum3);
    }
    for (; k + LANES <= depth; k += LANES) {
      var x0 = FloatVector.fromArray(FLOATS, rows, at + k);
      sum0 = FloatVector.fromMemorySegment(FLOATS, memory, start + k * 4L, ORDER).fma(x0, sum0);
    }
    float sum = VectorMath.sum(sum0.add(sum1).add(sum2.add(sum3)));
    for (; k < depth; k++) {
      sum = Math.fma(memory.get(Floats.LAYOUT, start + k * 4L), rows[at + k], sum);
    }
    return sum;
  }

  /// Apart from [#dotFloat16]: a branch on the type within the loop may be too cold to be put in
  /// line, and then vectors go to the heap.
  private float dotBfloat16(MemorySegment memory, long start, int at) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 2 * LANES <= depth; k += 2 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, rows, at + k);
      var x1 = FloatVector.fromArray(FLOATS, rows, at + k + LANES);
      sum0 = HalfPrecision.bfloat16(memory, start + k * 2L).fma(x0, sum0);
      sum1 = HalfPrecision.bfloat16(memory, start + k * 2L + LANES * 2L).fma(x1, sum1);
    }
    float sum = VectorMath.sum(sum0.add(sum1));
    for (; k < depth; k++) {
      float weight = Float.intBitsToFloat(memory.get(Floats.SHORT, start + k * 2L) << 16);
      sum = Math.fma(weight, rows[at + k], sum);
    }
    return sum;
  }

  private float dotFloat16(MemorySegment memory, long start, int at) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 2 * LANES <= depth; k += 2 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, rows, at + k);
      var x1 = FloatVector.fromArray(FLOATS, rows, at + k + LANES);
      sum0 = HalfPrecision.float16(memory, start + k * 2L).fma(x0, sum0);
      sum1 = HalfPrecision.float16(memory, start + k * 2L + LANES * 2L).fma(x1, sum1);
    }
    float sum = VectorMath.sum(sum0.add(sum1));
    for (; k < depth; k++) {
      float weight = Float.float16ToFloat(memory.get(Floats.SHORT, start + k * 2L));
      sum = Math.fma(weight, rows[at + k], sum);
    }
    return sum;
  }

  /// [#CHUNK] columns whose elements lie side by side.
  private void acrossColumns(int row, int column) {
    var memory = columns.memory();
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    var sum4 = FloatVector.zero(FLOATS);
    var sum5 = FloatVector.zero(FLOATS);
    var sum6 = FloatVector.zero(FLOATS);
    var sum7 = FloatVector.zero(FLOATS);
    long start = columns.at(column, 0) * 4;
    long stride = columns.depthStride() * 4;
    for (int k = 0; k < depth; k++) {
      var x = FloatVector.broadcast(FLOATS, rows[row * depth + k]);
      long from = start + k * stride;
      sum0 = FloatVector.fromMemorySegment(FLOATS, memory, from, ORDER).fma(x, sum0);
      sum1 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 4L, ORDER).fma(x, sum1);
      sum2 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 8L, ORDER).fma(x, sum2);
      sum3 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 12L, ORDER).fma(x, sum3);
      sum4 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 16L, ORDER).fma(x, sum4);
      sum5 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 20L, ORDER).fma(x, sum5);
      sum6 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 24L, ORDER).fma(x, sum6);
      sum7 = FloatVector.fromMemorySegment(FLOATS, memory, from + LANES * 28L, ORDER).fma(x, sum7);
    }
    var to = c.tensor().segment();
    long at = (c.offset() + row * c.rowStride() + column) * 4;
    store(sum0, to, at);
    store(sum1, to, at + LANES * 4L);
    store(sum2, to, at + LANES * 8L);
    store(sum3, to, at + LANES * 12L);
    store(sum4, to, at + LANES * 16L);
    store(sum5, to, at + LANES * 20L);
    store(sum6, to, at + LANES * 24L);
    store(sum7, to, at + LANES * 28L);
  }

  private void store(FloatVector sum, MemorySegment to, long at) {
    var total = add ? FloatVector.fromMemorySegment(FLOATS, to, at, ORDER).add(sum) : sum;
    total.intoMemorySegment(to, at, ORDER);
  }

  /// The same sum as [#acrossColumns] for a column that is left over.
  private float downColumn(int row, int column) {
    float sum = 0;
    for (int k = 0; k < depth; k++) {
      float weight = columns.memory().get(Floats.LAYOUT, columns.at(column, k) * 4);
      sum = Math.fma(weight, rows[row * depth + k], sum);
    }
    return sum;
  }

  /// Long enough (325 bytes) not to be inlined: with the decoder around it, the compiler's budget
  /// for inlining would end in the middle, and vectors would go to the heap.
  private float dotDecoded(float[] weights, int at, int rowAt, int count) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    var sum4 = FloatVector.zero(FLOATS);
    var sum5 = FloatVector.zero(FLOATS);
    var sum6 = FloatVector.zero(FLOATS);
    var sum7 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 8 * LANES <= count; k += 8 * LANES) {
      var x0 = FloatVector.fromArray(FLOATS, rows, rowAt + k);
      sum0 = FloatVector.fromArray(FLOATS, weights, at + k).fma(x0, sum0);
      var x1 = FloatVector.fromArray(FLOATS, rows, rowAt + k + LANES);
      sum1 = FloatVector.fromArray(FLOATS, weights, at + k + LANES).fma(x1, sum1);
      var x2 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 2 * LANES);
      sum2 = FloatVector.fromArray(FLOATS, weights, at + k + 2 * LANES).fma(x2, sum2);
      var x3 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 3 * LANES);
      sum3 = FloatVector.fromArray(FLOATS, weights, at + k + 3 * LANES).fma(x3, sum3);
      var x4 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 4 * LANES);
      sum4 = FloatVector.fromArray(FLOATS, weights, at + k + 4 * LANES).fma(x4, sum4);
      var x5 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 5 * LANES);
      sum5 = FloatVector.fromArray(FLOATS, weights, at + k + 5 * LANES).fma(x5, sum5);
      var x6 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 6 * LANES);
      sum6 = FloatVector.fromArray(FLOATS, weights, at + k + 6 * LANES).fma(x6, sum6);
      var x7 = FloatVector.fromArray(FLOATS, rows, rowAt + k + 7 * LANES);
      sum7 = FloatVector.fromArray(FLOATS, weights, at + k + 7 * LANES).fma(x7, sum7);
    }
    for (; k + LANES <= count; k += LANES) {
      var x = FloatVector.fromArray(FLOATS, rows, rowAt + k);
      sum0 = FloatVector.fromArray(FLOATS, weights, at + k).fma(x, sum0);
    }
    var half0 = sum0.add(sum1).add(sum2.add(sum3));
    var half1 = sum4.add(sum5).add(sum6.add(sum7));
    float sum = VectorMath.sum(half0.add(half1));
    for (; k < count; k++) {
      sum = Math.fma(weights[at + k], rows[rowAt + k], sum);
    }
    return sum;
  }
}

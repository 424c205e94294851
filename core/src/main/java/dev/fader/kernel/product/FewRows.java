package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.kernel.quantized.FewLevels;
import dev.fader.kernel.quantized.Levels;
import dev.fader.kernel.quantized.PlainBlocks;
import dev.fader.kernel.quantized.WideBlocks;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Products with so few rows that packing the right operands would cost more than the product: they
/// are read from memory as they lie, once for [#MOST] rows. This is what writing one token after
/// the other consists of.
///
/// An element's bits depend on how its column lies in memory, on its row and on nothing else:
/// neither on the rows beside it nor on the workers. One object serves one product at a time, and
/// allocates nothing once its arrays have grown.
final class FewRows implements Workers.Task {
  /// Rows that share a reading of the right operand.
  static final int MOST = 16;

  private static final int LANES = Lanes.FLOATS.length();
  private static final int LINES = FewTile.LINES;

  /// Elements of a column that are decoded at a time: four columns stay in the first-level cache.
  private static final int PIECE = 1024;

  private static final int STRIDE = PIECE + BlockLines.MARGIN;

  /// Weights of a chunk, about: a few microseconds.
  private static final int CHUNK = 1 << 16;

  /// Below this many multiplications waking another thread takes longer than the product.
  private static final long LEAST_SHARED = 1 << 15;

  private final Workers workers;
  private final float[][] decoded;
  private final Levels[] levels;
  private final long[][] lineStarts;
  private final float[][] sums;

  // Of the product that is being computed.
  private List<Matrix> rights = List.of();
  private MemorySegment results = MemorySegment.NULL;
  private long resultsAt;
  private long rowStride;
  private long columnStride;
  private int rows;
  private int depth;
  private boolean add;
  private int chunkColumns;

  /// The rows of the left operand, one after the other.
  private float[] x = {};

  FewRows(Workers workers) {
    this.workers = workers;
    decoded = new float[workers.threads()][LINES * STRIDE];
    lineStarts = new long[workers.threads()][LINES];
    levels = new Levels[workers.threads()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = new Levels(LINES);
    }
    sums = new float[workers.threads()][LINES * MOST * LANES];
  }

  /// Whether b lies so that it can be read as it is.
  static boolean canRead(Matrix b) {
    return b.rowStride() == 1 || (b.columnStride() == 1 && b.tensor().type() == DType.FLOAT32);
  }

  /// Sets the first `count` rows of c to those of `a` times the right operands side by side, or
  /// adds to them. Those that cannot be read as they are, are left out.
  void multiply(Matrix a, List<Matrix> b, Matrix c, int count, boolean add) {
    rights = b;
    results = c.tensor().segment();
    resultsAt = c.offset();
    rowStride = c.rowStride();
    columnStride = c.columnStride();
    rows = count;
    depth = a.columns();
    this.add = add;
    pack(a);
    chunkColumns = Math.max(1, CHUNK / depth / LINES) * LINES;
    int chunks = 0;
    for (int i = 0; i < b.size(); i++) {
      chunks += Math.ceilDiv(b.get(i).columns(), chunkColumns);
    }
    if ((long) rows * depth * c.columns() < LEAST_SHARED) {
      for (int chunk = 0; chunk < chunks; chunk++) {
        run(chunk, 0);
      }
    } else {
      workers.forEach(chunks, this);
    }
    rights = List.of();
    results = MemorySegment.NULL;
  }

  private void pack(Matrix a) {
    if (x.length < rows * depth) {
      x = new float[rows * depth];
    }
    var from = a.tensor().segment();
    boolean plain = a.tensor().type() == DType.FLOAT32 && a.columnStride() == 1;
    for (int row = 0; row < rows; row++) {
      int at = row * depth;
      if (plain) {
        MemorySegment.copy(from, Floats.LAYOUT, Floats.start(a, row), x, at, depth);
      } else {
        BlockPacking.pack(Window.ofRows(a), row, 1, 0, depth, x, at, 1, decoded[0]);
      }
    }
  }

  @Override
  public void run(int chunk, int worker) {
    int left = chunk;
    int before = 0;
    for (int i = 0; i < rights.size(); i++) {
      var b = rights.get(i);
      int chunks = Math.ceilDiv(b.columns(), chunkColumns);
      if (left < chunks) {
        int first = left * chunkColumns;
        int end = Math.min(b.columns(), first + chunkColumns);
        long at = resultsAt + (before + first) * columnStride;
        if (b.rowStride() == 1) {
          multiplyAlong(b, first, end, at, worker);
        } else if (canRead(b)) {
          multiplyAcross(b, first, end, at);
        }
        return;
      }
      left -= chunks;
      before += b.columns();
    }
  }

  /// Columns that are contiguous in memory.
  private void multiplyAlong(Matrix b, int first, int end, long at, int worker) {
    for (int row = 0; row < rows; row += MOST) {
      int count = Math.min(MOST, rows - row);
      for (int column = first; column < end; column += LINES) {
        int lines = Math.min(LINES, end - column);
        multiplyDecoded(b, column, lines, row, count, worker);
        for (int line = 0; line < lines; line++) {
          store(at + (column - first + line) * columnStride, line, row, count, worker);
        }
      }
    }
  }

  /// A piece of some columns is decoded into an array that stays in the first-level cache and
  /// multiplied with every row. What the array holds of columns that there are not, counts for
  /// nothing.
  private void multiplyDecoded(Matrix b, int column, int lines, int row, int count, int worker) {
    var format = b.tensor().type();
    if (!format.isQuantized() && depth % LANES == 0 && count == 1 && PlainBlocks.has(format)) {
      Arrays.fill(sums[worker], 0, LINES * LANES, 0);
      long[] starts = lineStarts[worker];
      for (int line = 0; line < LINES; line++) {
        starts[line] =
            (b.offset() + (column + Math.min(line, lines - 1)) * b.columnStride())
                * format.bytesPerBlock();
      }
      PlainBlocks.multiply(
          b.tensor().segment(), format, starts, depth, x, row * depth, sums[worker]);
      return;
    }
    if (format.isQuantized()
        && Levels.has(format.blockFormat())
        && b.offset() % format.blockSize() == 0
        && b.columnStride() % format.blockSize() == 0
        && depth % format.blockSize() == 0) {
      multiplyLevels(b, column, lines, row, count, worker);
      return;
    }
    float[] weights = decoded[worker];
    Arrays.fill(sums[worker], 0, count * LINES * LANES, 0);
    for (int k = 0; k < depth; k += PIECE) {
      int steps = Math.min(PIECE, depth - k);
      for (int line = 0; line < lines; line++) {
        int to = line * STRIDE;
        long from = b.offset() + (column + line) * b.columnStride() + k;
        var tensor = b.tensor();
        int at = BlockLines.read(tensor.segment(), tensor.type(), from, steps, weights, to);
        if (at != to) {
          System.arraycopy(weights, at, weights, to, steps);
        }
      }
      int whole = steps - steps % LANES;
      FewTile.multiply(weights, STRIDE, x, row * depth + k, depth, count, whole, sums[worker]);
    }
  }

  private void multiplyLevels(Matrix b, int column, int lines, int row, int count, int worker) {
    var memory = b.tensor().segment();
    var format = b.tensor().type().blockFormat();
    var piece = levels[worker];
    float[] weights = decoded[worker];
    Arrays.fill(sums[worker], 0, count * LINES * LANES, 0);
    long first = b.offset() + column * b.columnStride();
    for (int k = 0; k < depth; k += Levels.PIECE) {
      int steps = Math.min(Levels.PIECE, depth - k);
      int blocks = steps / format.elements();
      long[] starts = lineStarts[worker];
      for (int line = 0; line < LINES; line++) {
        // A line that there is not is one that there is: its sums count for nothing.
        long element = first + Math.min(line, lines - 1) * b.columnStride() + k;
        starts[line] = element / format.elements() * format.bytes();
      }
      if (count == 1 && WideBlocks.has(format)) {
        WideBlocks.multiply(
            memory, format, starts, blocks, x, row * depth + k, sums[worker], piece);
        continue;
      }
      for (int line = 0; line < lines; line++) {
        piece.read(line, memory, format, starts[line], blocks);
      }
      if (count == 1) {
        FewLevels.multiply(piece, format, x, row * depth + k, steps, sums[worker]);
      } else {
        for (int line = 0; line < lines; line++) {
          FewLevels.decode(piece, format, line, steps, weights, line * STRIDE);
        }
        FewTile.multiply(weights, STRIDE, x, row * depth + k, depth, count, steps, sums[worker]);
      }
    }
  }

  /// Adds up the lanes of the sums of a line, then what is left of the last piece.
  private void store(long at, int line, int row, int count, int worker) {
    int whole = depth - depth % LANES;
    int left = line * STRIDE + whole % PIECE;
    for (int i = 0; i < count; i++) {
      int lanes = (i * LINES + line) * LANES;
      float sum = VectorMath.sum(FloatVector.fromArray(Lanes.FLOATS, sums[worker], lanes));
      for (int k = whole; k < depth; k++) {
        sum = Math.fma(decoded[worker][left + k - whole], x[(row + i) * depth + k], sum);
      }
      long to = (at + (row + i) * rowStride) * 4;
      results.set(Floats.LAYOUT, to, add ? results.get(Floats.LAYOUT, to) + sum : sum);
    }
  }

  /// Rows of b that are contiguous in memory.
  private void multiplyAcross(Matrix b, int first, int end, long at) {
    for (int row = 0; row < rows; row++) {
      long to = at + row * rowStride;
      AcrossColumns.multiply(x, row * depth, b, first, end, results, to, columnStride, add);
    }
  }
}

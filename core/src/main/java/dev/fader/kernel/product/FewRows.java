package dev.fader.kernel.product;

import dev.fader.kernel.interleaved.InterleavedInput;
import dev.fader.kernel.interleaved.InterleavedProduct;
import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;

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

  /// Below this many multiplications waking another thread takes longer than the product.
  private static final long LEAST_SHARED = 1 << 15;

  private final Workers workers;
  private final boolean inFloat32;
  private final FewLines[] lines;
  private final InterleavedProduct[] strips;
  private final AcrossDecoded[] across;
  private final InterleavedInput input = new InterleavedInput();
  private final ColumnChunks chunks = new ColumnChunks();
  private final Workers.Task takingEightBits = (part, worker) -> input.takeEightBits(part);

  // Of the product that is being computed.
  private List<Matrix> rights = List.of();
  private boolean[] interleaved = {}; // by right operand
  private MemorySegment results = MemorySegment.NULL;
  private long resultsAt;
  private long rowStride;
  private long columnStride;
  private int firstRow;
  private int rows;
  private int depth;
  private boolean add;
  private boolean exact;

  private final LeftRows left = new LeftRows();

  /// @param inFloat32 whether no right operand is multiplied with rows of eight bits
  FewRows(Workers workers, boolean inFloat32) {
    this.workers = workers;
    this.inFloat32 = inFloat32;
    lines = new FewLines[workers.threads()];
    strips = new InterleavedProduct[workers.threads()];
    across = new AcrossDecoded[workers.threads()];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = new FewLines();
      strips[i] = new InterleavedProduct(MOST);
      across[i] = new AcrossDecoded();
    }
  }

  /// Whether b lies so that it can be read as it is.
  static boolean canRead(Matrix b) {
    return b.rowStride() == 1 || b.columnStride() == 1;
  }

  /// The rows of the left operand and of the result that are computed next.
  FewRows of(int first, int count) {
    firstRow = first;
    rows = count;
    return this;
  }

  /// One product, with rows in float32.
  void multiply(Product product) {
    add = product.add();
    exact = true;
    run(product.a(), List.of(product.b()), product.c());
  }

  /// Sets the rows of c to those of `a` times the right operands side by side. Those that cannot be
  /// read as they are, are left out.
  void multiply(Matrix a, List<Matrix> b, Matrix c) {
    add = false;
    exact = inFloat32;
    run(a, b, c);
  }

  private void run(Matrix a, List<Matrix> b, Matrix c) {
    rights = b;
    results = c.tensor().segment();
    resultsAt = c.offset() + firstRow * c.rowStride();
    rowStride = c.rowStride();
    columnStride = c.columnStride();
    depth = a.columns();
    left.take(a, firstRow, rows, lines[0].scratch());
    input.set(left.numbers(), depth, exact);
    if (interleaved.length < b.size()) {
      interleaved = new boolean[b.size()];
    }
    for (int i = 0; i < b.size(); i++) {
      interleaved[i] = InterleavedProduct.canRead(b.get(i));
      if (interleaved[i]) {
        input.prepareFor(b.get(i), rows);
      } else if (b.get(i).tensor().type() == DType.FLOAT16) {
        left.scaleForHalves();
      }
    }
    if (input.wantsEightBits()) {
      takeEightBits();
    }
    chunks.cut(b, depth, lines.length);
    if ((long) rows * depth * c.columns() < LEAST_SHARED) {
      for (int chunk = 0; chunk < chunks.count(); chunk++) {
        run(chunk, 0);
      }
    } else {
      workers.forEach(chunks.count(), this);
    }
    rights = List.of();
    results = MemorySegment.NULL;
  }

  private void takeEightBits() {
    int parts = Math.ceilDiv(rows, InterleavedInput.ROWS_TOGETHER);
    if ((long) rows * depth < LEAST_SHARED) {
      for (int part = 0; part < parts; part++) {
        input.takeEightBits(part);
      }
    } else {
      workers.forEach(parts, takingEightBits);
    }
  }

  @Override
  public void run(int chunk, int worker) {
    int operand = chunks.operand(chunk);
    int before = 0;
    for (int i = 0; i < operand; i++) {
      before += rights.get(i).columns();
    }
    var b = rights.get(operand);
    int first = chunks.first(chunk);
    int end = chunks.end(chunk);
    long at = resultsAt + (before + first) * columnStride;
    if (interleaved[operand]) {
      multiplyInterleaved(b, first, end, at, worker);
    } else if (b.rowStride() == 1) {
      multiplyAlong(b, first, end, at, worker);
    } else if (b.columnStride() == 1) {
      multiplyDecoded(b, first, end, at, worker);
    }
  }

  /// Columns that are contiguous in memory. The four that are multiplied at a time stand a quarter
  /// of the chunk apart, so that each goes on where it was the last time: four long runs of memory,
  /// which the processor fetches ahead, in the place of many short ones.
  private void multiplyAlong(Matrix b, int first, int end, long at, int worker) {
    var few = lines[worker];
    int apart = Math.ceilDiv(end - first, FewLines.LINES);
    for (int row = 0; row < rows; row += MOST) {
      int count = Math.min(MOST, rows - row);
      for (int column = first; column < first + apart; column++) {
        int existing = Math.ceilDiv(end - column, apart);
        few.multiply(b, column, apart, existing, left, row, count);
        for (int line = 0; line < existing; line++) {
          store(few, line, row, count, at + (column - first + line * apart) * columnStride);
        }
      }
    }
  }

  /// Strips that are multiplied at a time stand half a chunk apart, as the lines of
  /// [#multiplyAlong].
  private void multiplyInterleaved(Matrix b, int first, int end, long at, int worker) {
    var product = strips[worker];
    product.take(b, input);
    int strip = first / InterleavedProduct.LINES;
    int count = Math.ceilDiv(end - first, InterleavedProduct.LINES);
    int apart = Math.ceilDiv(count, InterleavedProduct.STRIPS);
    for (int row = 0; row < rows; row += MOST) {
      int group = Math.min(MOST, rows - row);
      for (int i = 0; i < apart; i++) {
        int other = i + apart < count ? i + apart : i;
        product.multiply(strip + i, strip + other, row, group);
        for (int j = 0; j < group; j++) {
          long to = at + (row + j) * rowStride;
          store(product, product.sumsAt(j, 0), to, i * InterleavedProduct.LINES, end - first);
          if (other != i) {
            store(product, product.sumsAt(j, 1), to, other * InterleavedProduct.LINES, end - first);
          }
        }
      }
    }
  }

  /// Rows of b that are contiguous in memory.
  private void multiplyDecoded(Matrix b, int first, int end, long at, int worker) {
    var product = across[worker];
    for (int column = first; column < end; column += AcrossDecoded.PIECE) {
      int columns = Math.min(AcrossDecoded.PIECE, end - column);
      long to = at + (column - first) * columnStride;
      for (int row = 0; row < rows; row += MOST) {
        int count = Math.min(MOST, rows - row);
        for (int k = 0; k < depth; ) {
          int steps = PanelProduct.steps(depth, k);
          product.multiply(b, column, columns, k, steps, left.numbers(), row * depth, count);
          store(product, row, count, to, columns, add || k > 0);
          k += steps;
        }
      }
    }
  }

  private void store(
      AcrossDecoded product, int row, int count, long at, int columns, boolean adding) {
    for (int i = 0; i < count; i++) {
      for (int column = 0; column < columns; column++) {
        long to = (at + (row + i) * rowStride + column * columnStride) * 4;
        float sum = product.sum(i, column);
        results.set(Floats.LAYOUT, to, adding ? results.get(Floats.LAYOUT, to) + sum : sum);
      }
    }
  }

  private void store(InterleavedProduct product, int sumsAt, long at, int column, int columns) {
    int left = Math.min(InterleavedProduct.LINES, columns - column);
    float[] sums = product.sums();
    long to = (at + column * columnStride) * 4;
    if (columnStride == 1 && !add) {
      MemorySegment.copy(sums, sumsAt, results, Floats.LAYOUT, to, left);
      return;
    }
    for (int line = 0; line < left; line++) {
      float before = add ? results.get(Floats.LAYOUT, to) : 0;
      results.set(Floats.LAYOUT, to, before + sums[sumsAt + line]);
      to += columnStride * 4;
    }
  }

  private void store(FewLines few, int line, int row, int count, long at) {
    for (int i = 0; i < count; i++) {
      float sum = few.sum(line, i, depth, left.numbers(), (row + i) * depth);
      long to = (at + (row + i) * rowStride) * 4;
      results.set(Floats.LAYOUT, to, add ? results.get(Floats.LAYOUT, to) + sum : sum);
    }
  }
}

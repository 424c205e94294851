package dev.fader.kernel.product;

import dev.fader.kernel.interleaved.InterleavedPacking;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.onednn.OneDnn;
import dev.fader.kernel.onednn.PanelKernel;
import dev.fader.kernel.onednn.PanelShape;
import dev.fader.kernel.onednn.PanelType;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Matrix products by the kernels of oneDNN, split as those of [PanelProduct] are: over rows and
/// columns of the result, never over a sum.
///
/// ```
/// over the depth, DEPTH steps at a time
///   over the rows, ROWS at a time
///     round the rows, ROWS x DEPTH                       last-level cache, all workers
///     over the panels of WIDTH columns                   one worker each
///       pack the panel, DEPTH x WIDTH                    second-level cache
///       over the rows, KERNEL_ROWS at a time
///         PanelKernel
/// ```
///
/// Where there are few panels they are packed once, before the rows. An element's bits depend on
/// its row, its column and the depth, on nothing else. One object serves one product at a time.
final class OneDnnProduct {
  private static final int WIDTH = PanelKernel.WIDTH;
  private static final int UNIT = PanelKernel.DEPTH_UNIT;
  private static final int KERNEL_ROWS = PanelKernel.ROWS;
  private static final int DEPTH = PanelKernel.MOST_DEPTH;

  /// So many rows of [#DEPTH] steps in bfloat16 take 8 MiB.
  private static final int ROWS = 2048;

  /// Steps that are decoded to float32 at a time.
  private static final int STEPS = PanelProduct.KC;

  /// Steps of a row that are read across its memory at a time.
  private static final int ACROSS = 64;

  /// Up to so many columns are packed once for all rows.
  private static final int SHARED_COLUMNS = 1024;

  private static final int CHUNKS_PER_WORKER = 4;

  /// Below this many multiplications waking another thread takes longer than the product.
  private static final long LEAST_SHARED = 1 << 19;

  private final OneDnn library;
  private final Lane[] lanes;
  private MemorySegment rows = MemorySegment.NULL;
  private MemorySegment panels = MemorySegment.NULL;

  /// What one worker needs.
  private static final class Lane {
    final float[] floats = new float[STEPS * WIDTH];
    final float[] decoded = new float[BlockPacking.floatsForLines(WIDTH)];
    final InterleavedPacking strips = new InterleavedPacking();
    final Map<PanelShape, PanelKernel> kernels = new HashMap<>();
    final MemorySegment tile = aligned(KERNEL_ROWS * WIDTH * 4L);
    MemorySegment panel = MemorySegment.NULL;
  }

  /// @throws java.util.NoSuchElementException if there is no library
  OneDnnProduct(Workers workers) {
    library = OneDnn.find().library().orElseThrow();
    lanes = new Lane[workers.threads()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new Lane();
    }
  }

  /// Its name and version.
  String library() {
    return "oneDNN " + library.version();
  }

  /// Whether products with b are large enough for padding not to waste them.
  static boolean isWorth(Matrix b) {
    return b.columns() >= WIDTH / 2 && b.rows() >= UNIT;
  }

  void multiply(Product whole, Workers workers, PanelType type) {
    int parts = Math.ceilDiv(whole.depth(), DEPTH);
    int depth = padded(Math.ceilDiv(whole.depth(), parts));
    boolean shares = whole.columns() <= SHARED_COLUMNS;
    for (int k = 0; k < whole.depth(); k += depth) {
      var steps = whole.steps(k, depth);
      for (int row = 0; row < whole.rows(); row += ROWS) {
        new Part(steps.ofRows(row, ROWS), type, shares).run(workers, row == 0);
      }
    }
  }

  private static int padded(int depth) {
    return Math.ceilDiv(depth, UNIT) * UNIT;
  }

  private static MemorySegment aligned(long bytes) {
    return Arena.ofAuto().allocate(bytes, 64);
  }

  /// Some rows over some steps.
  private final class Part {
    private final Product product;
    private final PanelType type;
    private final boolean shares;
    private final int depth;
    private final long rowBytes;
    private final long panelBytes;
    private final int groups;
    private final int count;

    Part(Product product, PanelType type, boolean shares) {
      this.product = product;
      this.type = type;
      this.shares = shares;
      depth = padded(product.depth());
      rowBytes = (long) depth * type.bytes();
      panelBytes = rowBytes * WIDTH;
      groups = Math.ceilDiv(product.rows(), KERNEL_ROWS);
      count = Math.ceilDiv(product.columns(), WIDTH);
    }

    void run(Workers workers, boolean first) {
      rows = grown(rows, (long) groups * KERNEL_ROWS * rowBytes);
      if (shares) {
        panels = grown(panels, count * panelBytes);
      }
      int packed = shares && first ? count : 0;
      long multiplications = (long) product.rows() * product.columns() * product.depth();
      int wanted = CHUNKS_PER_WORKER * workers.threads();
      int splits = shares ? Math.clamp(Math.ceilDiv(wanted, count), 1, groups) : 1;
      int split = Math.ceilDiv(groups, splits);
      int pieces = Math.ceilDiv(groups, split);
      if (multiplications < LEAST_SHARED) {
        workers.forEach(1, (chunk, worker) -> runAll(packed, worker));
      } else {
        workers.forEach(packed + groups, (chunk, worker) -> prepare(chunk, packed, worker));
        workers.forEach(
            count * pieces,
            (chunk, worker) -> multiply(chunk / pieces, chunk % pieces * split, split, worker));
      }
    }

    private void runAll(int packed, int worker) {
      for (int chunk = 0; chunk < packed + groups; chunk++) {
        prepare(chunk, packed, worker);
      }
      for (int panel = 0; panel < count; panel++) {
        multiply(panel, 0, groups, worker);
      }
    }

    /// Panels first, as they take longest, then groups of rows.
    private void prepare(int chunk, int packed, int worker) {
      if (chunk < packed) {
        pack(chunk, panels, chunk * panelBytes, lanes[worker]);
      } else {
        round((chunk - packed) * KERNEL_ROWS, lanes[worker]);
      }
    }

    /// A group of rows, as the kernels read them.
    private void round(int first, Lane lane) {
      var a = Window.ofRows(product.a());
      int lines = Math.min(KERNEL_ROWS, product.rows() - first);
      boolean direct = a.type() == DType.FLOAT32 && a.depthStride() == 1;
      for (int i = 0; i < lines; i++) {
        long to = (first + i) * rowBytes;
        if (direct) {
          PanelRounding.row(a.memory(), a.at(first + i, 0) * 4, product.depth(), rows, to, type);
        }
        PanelRounding.zero(rows, to, product.depth(), depth, type);
      }
      for (int k = 0; !direct && k < product.depth(); k += ACROSS) {
        int steps = Math.min(ACROSS, product.depth() - k);
        var across = a.transposed();
        BlockPacking.pack(across, k, steps, first, lines, lane.floats, 0, ACROSS, lane.decoded);
        for (int i = 0; i < lines; i++) {
          long to = (first + i) * rowBytes + (long) k * type.bytes();
          PanelRounding.row(lane.floats, i * ACROSS, steps, rows, to, type);
        }
      }
    }

    /// The columns of a panel, as the kernels read them.
    private void pack(int panel, MemorySegment to, long at, Lane lane) {
      int column = panel * WIDTH;
      boolean words = arePairs(product.b());
      for (int k = 0; k < depth; k += STEPS) {
        int steps = Math.min(STEPS, depth - k);
        int there = Math.clamp(product.depth() - k, 0, steps);
        long start = at + (long) k * WIDTH * type.bytes();
        if (words) {
          packPairs(column, k, there, lane);
          Arrays.fill(lane.floats, there / 2 * WIDTH, steps / 2 * WIDTH, 0);
          PanelRounding.panel(lane.floats, steps / 2, to, start, PanelType.FLOAT32);
        } else {
          decode(column, k, there, lane);
          Arrays.fill(lane.floats, there * WIDTH, steps * WIDTH, 0);
          PanelRounding.panel(lane.floats, steps, to, start, type);
        }
      }
    }

    private void decode(int column, int k, int steps, Lane lane) {
      var b = product.b();
      int lines = Math.min(WIDTH, product.columns() - column);
      if (steps == 0) {
        return;
      }
      if (InterleavedPacking.canRead(b)) {
        lane.strips.pack(b, column, lines, k, steps, lane.floats, 0, WIDTH);
      } else {
        var columns = Window.ofColumns(b);
        BlockPacking.pack(columns, column, lines, k, steps, lane.floats, 0, WIDTH, lane.decoded);
      }
    }

    /// Whether two steps of the depth are a word in memory as they are in the panel.
    private boolean arePairs(Matrix b) {
      return type == PanelType.BFLOAT16
          && b.tensor().type() == DType.BFLOAT16
          && b.rowStride() == 1
          && (b.offset() | b.columnStride() | b.rows()) % 2 == 0;
    }

    /// The same as [#decode] of words, whose bits a copy of floats leaves alone.
    private void packPairs(int column, int k, int steps, Lane lane) {
      var b = product.b();
      int lines = Math.min(WIDTH, product.columns() - column);
      var pairs =
          new Window(b.tensor().segment(), DType.FLOAT32, b.offset() / 2, b.columnStride() / 2, 1);
      Packing.pack(pairs, column, lines, k / 2, steps / 2, lane.floats, 0, WIDTH);
    }

    /// Some groups of rows times a panel.
    private void multiply(int panel, int firstGroup, int some, int worker) {
      var lane = lanes[worker];
      var weights = panels;
      long at = panel * panelBytes;
      if (!shares) {
        lane.panel = grown(lane.panel, panelBytes);
        weights = lane.panel;
        at = 0;
        pack(panel, weights, 0, lane);
      }
      var packed = weights.asSlice(at, panelBytes);
      int last = Math.min(groups, firstGroup + some);
      library.onOneThread(() -> {
        for (int group = firstGroup; group < last; group++) {
          multiply(group * KERNEL_ROWS, panel * WIDTH, packed, lane);
        }
      });
    }

    private void multiply(int row, int column, MemorySegment panel, Lane lane) {
      var c = product.c();
      int height = Math.min(KERNEL_ROWS, product.rows() - row);
      int width = Math.min(WIDTH, product.columns() - column);
      int kernelRows = height <= PanelKernel.FEW_ROWS ? PanelKernel.FEW_ROWS : KERNEL_ROWS;
      var shape = new PanelShape(type, kernelRows, depth);
      var kernel = lane.kernels.computeIfAbsent(shape, library::compile);
      kernel.run(rows.asSlice(row * rowBytes, kernelRows * rowBytes), panel, lane.tile);
      for (int i = 0; i < height; i++) {
        PanelRounding.store(lane.tile, i, c, row + i, column, width, product.add());
      }
    }
  }

  private static MemorySegment grown(MemorySegment memory, long bytes) {
    return memory.byteSize() >= bytes ? memory : aligned(bytes);
  }
}

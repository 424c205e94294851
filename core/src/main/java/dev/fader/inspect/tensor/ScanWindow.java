package dev.fader.inspect.tensor;

import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.kernel.statistics.RunSums;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What one thread of a scan needs: some bytes of the file that fit its second cache, a run of
/// numbers that fits the first, and sums that nobody wants.
final class ScanWindow {
  private static final int BYTES = 256 << 10;

  private final RunStatistics runs;
  private final MemorySegment memory = Arena.ofAuto().allocate(BYTES, 64);
  private final float[] numbers = RunStatistics.run();
  private final double[] unwanted = new double[RunStatistics.LONGEST];

  private StoredNumbers loaded = new StoredNumbers.Nothing();
  private long from;
  private long end;
  private long endRow;

  ScanWindow(RunStatistics runs) {
    this.runs = runs;
  }

  RunStatistics runs() {
    return runs;
  }

  double[] unwanted() {
    return unwanted;
  }

  /// Forgets what was read of another tensor.
  void clear() {
    from = 0;
    end = 0;
  }

  /// Begins to read rows of which none after `endRow - 1` is wanted.
  void begin(long endRow) {
    clear();
    this.endRow = endRow;
  }

  /// How many numbers of a tensor are read at a time.
  int capacity(ModelTensor tensor) {
    return (int) (BYTES / tensor.bytesFor(1)) * tensor.blockSize();
  }

  /// The numbers of a run of several rows, the first of the array, one row after the other.
  ///
  /// @param start the first column, which begins a block
  /// @param run says how many rows and columns there are; several rows must fit the [#capacity]
  /// @throws UncheckedIOException if the file cannot be read
  float[] read(ModelTensor tensor, long row, long start, RunSums run) {
    long width = tensor.entry().columns();
    long first = row * width + start;
    long last = endRow * width;
    if (run.rows() == 1) {
      return read(tensor, first, run.columns(), last);
    }
    if (run.columns() == width) {
      return read(tensor, first, run.count(), last);
    }
    // All columns of these rows come next.
    if (row * width < from || (row + run.rows()) * width > end) {
      load(tensor, row * width, last);
    }
    for (int i = 0; i < run.rows(); i++) {
      int at = (int) (first + i * width - from);
      loaded.decode(runs, at, run.columns(), numbers, i * run.columns());
    }
    return numbers;
  }

  /// The numbers of a run, the first `count` of the array.
  ///
  /// @param first begins a block
  /// @param last after which nothing is wanted of the tensor
  /// @throws UncheckedIOException if the file cannot be read
  float[] read(ModelTensor tensor, long first, int count, long last) {
    if (first < from || first + count > end) {
      load(tensor, first, last);
    }
    loaded.decode(runs, (int) (first - from), count, numbers, 0);
    return numbers;
  }

  private void load(ModelTensor tensor, long first, long last) {
    int count = (int) Math.min(capacity(tensor), last - first);
    try {
      loaded = tensor.load(first, count, memory);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    from = first;
    end = first + count;
  }
}

package dev.fader.inspect.tensor;

import dev.fader.kernel.Engine;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;
import java.util.Optional;

/// Measures tensors in one pass over their bytes, on all threads of its kernels, in a few megabytes
/// whatever their size. The same bits for any number of threads: rows are cut into parts by the
/// shape alone, and parts are merged in their order.
///
/// Belongs to one thread.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class TensorScan implements AutoCloseable {
  /// Parts of a tensor at most.
  private static final int PARTS = 32;

  /// Sums by column of all parts together at most: 16 MB.
  private static final int COLUMN_SUMS = 1 << 21;

  private final Workers workers;
  private final Runnable closing;
  private final ScannedRows[] parts = new ScannedRows[PARTS];
  private final ScannedRows whole = new ScannedRows();
  private final ScanWindow[] windows;

  /// A scan on so many threads of its own, which end when it is closed.
  ///
  /// @throws IllegalArgumentException if that is not positive
  @SuppressWarnings("MustBeClosedChecker") // what is returned owns it
  public static TensorScan on(int threads) {
    var engine = new Engine(threads, TensorMemory.unlimited());
    return new TensorScan(engine.kernels(), engine::close);
  }

  /// A scan on the threads of these kernels, which stay when it is closed.
  public TensorScan(Kernels kernels) {
    this(kernels, () -> {});
  }

  private TensorScan(Kernels kernels, Runnable closing) {
    this.closing = closing;
    workers = kernels.workers();
    for (int i = 0; i < PARTS; i++) {
      parts[i] = new ScannedRows();
    }
    windows = new ScanWindow[workers.threads()];
    for (int i = 0; i < windows.length; i++) {
      windows[i] = new ScanWindow(kernels.statistics());
    }
  }

  /// What the numbers of a tensor are like.
  ///
  /// @throws UnsupportedOperationException if it is not [ModelTensor#isReadable]
  /// @throws java.io.UncheckedIOException if the file cannot be read, or is shorter than it was
  public TensorStatistics scan(ModelTensor tensor) {
    var entry = tensor.entry();
    long rows = entry.rows();
    long columns = entry.columns();
    int summed = rows > 1 && columns <= COLUMN_SUMS ? (int) columns : 0;
    int most = summed == 0 ? PARTS : Math.clamp(COLUMN_SUMS / summed, 1, PARTS);
    long rowsEach = Math.max(1, Math.ceilDiv(rows, (long) most));
    int count = (int) Math.ceilDiv(rows, rowsEach);
    workers.forEach(
        count,
        (part, worker) -> {
          long from = part * rowsEach;
          long end = Math.min(rows, from + rowsEach);
          parts[part].scan(tensor, from, end, summed, windows[worker]);
        });
    whole.clear();
    for (int part = 0; part < count; part++) {
      whole.add(parts[part]);
    }
    double mean = whole.moments().mean();
    double limit = TensorStatistics.OUTLIER * whole.moments().deviation();
    if (limit > 0) {
      workers.forEach(
          count, (part, worker) -> parts[part].countOutliers(tensor, mean, limit, windows[worker]));
    }
    long outliers = 0;
    for (int part = 0; part < count; part++) {
      outliers += parts[part].outliers();
    }
    var columnNorms =
        summed == 0 ? Optional.<LineNorms>empty() : Optional.of(columnNorms(count, summed));
    return whole.statistics(entry, outliers, columnNorms);
  }

  /// Some rows and columns of a tensor as a picture of a few cells. Memory for the cells and for
  /// the windows is all that it takes; the same bits for any number of threads.
  ///
  /// @throws IndexOutOfBoundsException if the tensor has no such rows or columns
  /// @throws IllegalArgumentException if they are none
  /// @throws UnsupportedOperationException if it is not [ModelTensor#isReadable]
  /// @throws java.io.UncheckedIOException if the file cannot be read, or is shorter than it was
  public TensorMap map(ModelTensor tensor, TensorMap.Frame frame) {
    var drawing = new TensorMap.Drawing(tensor, frame);
    workers.forEach(drawing.height(), (row, worker) -> drawing.draw(row, windows[worker]));
    return drawing.result();
  }

  private LineNorms columnNorms(int count, int columns) {
    var sums = parts[0].columnSquares();
    for (int part = 1; part < count; part++) {
      var more = parts[part].columnSquares();
      for (int i = 0; i < columns; i++) {
        sums[i] += more[i];
      }
    }
    var norms = new LineNorms.Sum();
    norms.clear();
    for (int i = 0; i < columns; i++) {
      // The square of the smallest float32 is far from vanishing in a double.
      norms.add(i, sums[i], sums[i] == 0);
    }
    return norms.result();
  }

  /// Ends threads of its own.
  @Override
  public void close() {
    closing.run();
  }
}

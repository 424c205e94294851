package dev.fader.inspect.tensor;

import dev.fader.kernel.statistics.RunStatistics;
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

  /// The numbers of a run, the first `count` of the array.
  ///
  /// @param first begins a block
  /// @param last after which nothing is wanted of the tensor
  /// @throws UncheckedIOException if the file cannot be read
  float[] read(ModelTensor tensor, long first, int count, long last) {
    if (first < from || first + count > end) {
      load(tensor, first, last);
    }
    loaded.decode(runs, (int) (first - from), count, numbers);
    return numbers;
  }

  private void load(ModelTensor tensor, long first, long last) {
    long most = BYTES / tensor.bytesFor(1) * tensor.blockSize();
    int count = (int) Math.min(most, last - first);
    try {
      loaded = tensor.load(first, count, memory);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    from = first;
    end = first + count;
  }
}

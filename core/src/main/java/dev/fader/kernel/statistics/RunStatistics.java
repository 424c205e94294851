package dev.fader.kernel.statistics;

import dev.fader.kernel.quantized.BlockLines;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// Reads and measures runs of numbers. For use by several threads, each with arrays of its own.
///
/// A run is looked at twice while it lies in the first cache: for its extremes and a rough mean,
/// then for the powers of the distances from that.
public final class RunStatistics {
  /// Numbers of a run at most: whole blocks of every type.
  public static final int LONGEST = 4096;

  private final boolean vectors;
  private final Loops loops;

  public RunStatistics(boolean vectors) {
    this.vectors = vectors;
    loops = vectors ? new VectorRun() : new ScalarRun();
  }

  /// An array that holds a run.
  public static float[] run() {
    return new float[LONGEST + BlockLines.MARGIN];
  }

  /// Sets the first numbers of `to` to those of a tensor of any type from `first` on, which begins
  /// a block.
  public void read(Tensor from, long first, int count, float[] to) {
    if (vectors && isDecoded(from.type())) {
      BlockLines.read(from.segment(), from.type(), first, count, to, 0);
    } else {
      from.read(first, to, 0, count);
    }
  }

  private static boolean isDecoded(DType type) {
    return switch (type) {
      case INT8, INT16, INT32, INT64, FLOAT64 -> false;
      default -> true;
    };
  }

  /// Measures the first `count` numbers of `x`, and adds their squares to those of their columns.
  ///
  /// @param columns from `column` on, one for each number
  public void measure(float[] x, int count, RunSums sums, double[] columns, int column) {
    loops.range(x, count, sums);
    if (sums.isFinite()) {
      loops.powers(x, count, sums, columns, column);
    } else {
      ScalarRun.finitePowers(x, count, sums, columns, column);
    }
  }

  /// The loops over one run.
  sealed interface Loops permits ScalarRun, VectorRun {
    /// Sets extremes and counts.
    void range(float[] x, int count, RunSums sums);

    /// Sets moments and squares of numbers that are all finite.
    void powers(float[] x, int count, RunSums sums, double[] columns, int column);
  }
}

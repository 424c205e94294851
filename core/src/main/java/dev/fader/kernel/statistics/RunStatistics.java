package dev.fader.kernel.statistics;

import dev.fader.kernel.quantized.BlockLines;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// Reads and measures runs of numbers. For use by several threads, each with arrays of its own.
///
/// A run is as many numbers as the first cache holds: of one row, or of the same columns of
/// [#ROWS], which lets the sums by column stay in registers in between. It is looked at twice: for
/// its extremes, then for its powers, and a third time if its mean is far from zero.
public final class RunStatistics {
  /// Numbers of a run at most: whole blocks of every type.
  public static final int LONGEST = 4096;

  /// Rows that are measured together.
  public static final int ROWS = 4;

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
    read(from, first, count, to, 0);
  }

  /// Sets those of `to` from `at` on, as the other `read`; what follows them may be overwritten.
  public void read(Tensor from, long first, int count, float[] to, int at) {
    if (vectors && isDecoded(from.type())) {
      BlockLines.read(from.segment(), from.type(), first, count, to, at);
    } else {
      from.read(first, to, at, count);
    }
  }

  private static boolean isDecoded(DType type) {
    return switch (type) {
      case INT8, INT16, INT32, INT64, FLOAT64 -> false;
      default -> true;
    };
  }

  /// Measures the first numbers of `x`, as many rows of as many columns as `sums` has been told,
  /// one row after the other, and adds their squares to those of their columns.
  ///
  /// @param columns from `column` on, one for each column of the run
  public void measure(float[] x, RunSums sums, double[] columns, int column) {
    loops.range(x, sums);
    if (sums.isFinite()) {
      loops.powers(x, sums, columns, column);
    } else {
      ScalarRun.finitePowers(x, sums, columns, column);
    }
  }

  /// The loops over one run.
  sealed interface Loops permits ScalarRun, VectorRun {
    /// Sets extremes and counts.
    void range(float[] x, RunSums sums);

    /// Sets moments and squares of numbers that are all finite.
    void powers(float[] x, RunSums sums, double[] columns, int column);
  }
}

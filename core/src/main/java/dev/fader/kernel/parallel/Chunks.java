package dev.fader.kernel.parallel;

import dev.fader.kernel.matrix.Matrix;

/// Cuts work into chunks whose bounds depend on its size alone, never on the number of threads.
public record Chunks(Workers workers) {
  /// About what one thread does in ten microseconds.
  private static final int ELEMENTS = 1 << 14;

  /// Waking another thread for less costs more than it brings.
  private static final int WORTH_SHARING = 1 << 15;

  /// Partial sums at most: enough for many threads, few enough to add up in no time.
  private static final int MOST_SUMS = 32;

  private static final int LEAST_ROWS_PER_SUM = 16;

  /// Work on rows `from` to `end - 1`.
  public interface Run {
    void run(int from, int end);
  }

  /// Work on one row.
  public interface Row {
    void run(int row);
  }

  /// Every row of a matrix, independent of the others.
  public void eachRow(Matrix matrix, Row task) {
    pass(matrix, task).run();
  }

  /// The same, to be run later and again.
  public RowPass pass(Matrix matrix, Row task) {
    int rows = matrix.rows();
    boolean shared = isWorthSharing(rows, matrix.columns());
    return new RowPass(workers, task, rows, shared ? perChunk(matrix.columns()) : rows);
  }

  private static boolean isWorthSharing(int rows, int columns) {
    return (long) rows * columns >= WORTH_SHARING;
  }

  private static int perChunk(int columns) {
    return Math.max(1, ELEMENTS / columns);
  }

  /// Runs that are independent of each other: how they are cut does not show in the result.
  public void overRows(int rows, int columns, Run run) {
    if (isWorthSharing(rows, columns)) {
      share(rows, perChunk(columns), run);
    } else {
      run.run(0, rows);
    }
  }

  /// Runs of [#rowsPerSum] rows, each of which has a sum of its own.
  public void overSums(int rows, int columns, Run run) {
    int rowsPerSum = rowsPerSum(rows);
    if (isWorthSharing(rows, columns)) {
      share(rows, rowsPerSum, run);
    } else {
      for (int from = 0; from < rows; from += rowsPerSum) {
        run.run(from, Math.min(rows, from + rowsPerSum));
      }
    }
  }

  /// How many rows share a sum. The bits of the result depend on it.
  public static int rowsPerSum(int rows) {
    return Math.max(LEAST_ROWS_PER_SUM, Math.ceilDiv(rows, MOST_SUMS));
  }

  private void share(int rows, int perChunk, Run run) {
    workers.forEach(
        Math.ceilDiv(rows, perChunk),
        (chunk, worker) -> run.run(chunk * perChunk, Math.min(rows, chunk * perChunk + perChunk)));
  }
}

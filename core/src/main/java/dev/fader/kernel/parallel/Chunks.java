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

  /// Whether work on each element of a matrix is done sooner than another thread is woken. Kernels
  /// ask where one token is generated after the other: a plain loop allocates nothing.
  public boolean isSmall(Matrix matrix) {
    return (long) matrix.rows() * matrix.columns() < WORTH_SHARING;
  }

  /// Every row of a matrix, independent of the others.
  public void eachRow(Matrix matrix, Row task) {
    overRows(
        matrix.rows(),
        matrix.columns(),
        (from, end) -> {
          for (int row = from; row < end; row++) {
            task.run(row);
          }
        });
  }

  /// Runs that are independent of each other: how they are cut does not show in the result.
  public void overRows(int rows, int columns, Run run) {
    if ((long) rows * columns < WORTH_SHARING) {
      run.run(0, rows);
    } else {
      share(rows, Math.max(1, ELEMENTS / columns), run);
    }
  }

  /// Runs of [#rowsPerSum] rows, each of which has a sum of its own.
  public void overSums(int rows, int columns, Run run) {
    int rowsPerSum = rowsPerSum(rows);
    if ((long) rows * columns >= WORTH_SHARING) {
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

package dev.fader.kernel.parallel;

import dev.fader.kernel.parallel.Chunks.Row;

/// Work on every row of a matrix, with its operands, to be run as often as one likes: a run
/// allocates nothing.
public final class RowPass implements Workers.Task {
  private final Workers workers;
  private final Row task;
  private final int rows;
  private final int rowsPerChunk;

  /// @param rowsPerChunk as many as are shared between threads; all of them if none are
  RowPass(Workers workers, Row task, int rows, int rowsPerChunk) {
    this.workers = workers;
    this.task = task;
    this.rows = rows;
    this.rowsPerChunk = rowsPerChunk;
  }

  /// Does the work.
  public void run() {
    if (rows <= rowsPerChunk) {
      run(0, 0);
    } else {
      workers.forEach(Math.ceilDiv(rows, rowsPerChunk), this);
    }
  }

  @Override
  public void run(int chunk, int worker) {
    int from = chunk * rowsPerChunk;
    int end = Math.min(rows, from + rowsPerChunk);
    for (int row = from; row < end; row++) {
      task.run(row);
    }
  }
}

package dev.fader.data;

import java.util.Iterator;
import java.util.Objects;
import java.util.stream.LongStream;

/// Batches to evaluate a model on: the same each time, in the order of the data, windows that do
/// not overlap. Every token but those with nothing before them is predicted once; or those of a
/// part that is spread evenly over the data.
///
/// For use by one thread.
public final class EvaluationBatches implements Iterable<Batch> {
  private final Rows rows;
  private final int batchRows;
  private final long used;

  private EvaluationBatches(Rows rows, int batchRows, long used) {
    this.rows = rows;
    this.batchRows = batchRows;
    this.used = used;
  }

  /// All of `data` in batches of `rows` rows, at most `time` tokens each.
  ///
  /// @throws DataException if there is no token to predict
  public static EvaluationBatches all(TokenFile data, int rows, int time) {
    return some(data, rows, time, Long.MAX_VALUE);
  }

  /// At most `batches` batches of `data`.
  ///
  /// @throws DataException if there is no token to predict
  public static EvaluationBatches some(TokenFile data, int rows, int time, long batches) {
    if (rows < 1 || time < 1 || batches < 1) {
      throw new IllegalArgumentException(
          "%d batches of %d rows of %d tokens are empty".formatted(batches, rows, time));
    }
    var cut = Rows.of(data, time);
    if (cut.count() == 0) {
      throw new DataException(
          "%d tokens are too few to evaluate on; give at least two".formatted(data.tokens()));
    }
    long used = batches > cut.count() / rows ? cut.count() : batches * rows;
    return new EvaluationBatches(cut, rows, used);
  }

  /// How many batches there are.
  public long count() {
    return Math.ceilDiv(used, batchRows);
  }

  /// Batch `index`. The last may have fewer rows.
  ///
  /// @throws IndexOutOfBoundsException if there are not so many
  public Batch batch(long index) {
    long from = Objects.checkIndex(index, count()) * batchRows;
    var chosen = new long[(int) Math.min(batchRows, used - from)];
    int longest = 0;
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = spread(from + i);
      longest = Math.max(longest, rows.length(chosen[i]));
    }
    var batch = Batch.empty(chosen.length, rows.batchTime(longest));
    Batches.fill(batch, rows, chosen, new long[chosen.length]);
    return batch;
  }

  /// All batches in order.
  @Override
  public Iterator<Batch> iterator() {
    return LongStream.range(0, count()).mapToObj(this::batch).iterator();
  }

  private long spread(long i) {
    return used == rows.count() ? i : i * rows.count() / used;
  }
}

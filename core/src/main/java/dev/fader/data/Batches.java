package dev.fader.data;

import java.util.Arrays;
import java.util.Optional;

/// An endless stream of training batches, in an order that the seed fixes.
///
/// An epoch takes every target once. Text is cut into windows as long as the context, from a new
/// random offset each epoch, regardless of document boundaries; sequences of ids are rows of their
/// own, padded to the longest of the batch. The rows are shuffled anew each epoch, by a computed
/// permutation that needs no memory. Each window begins with the tokenizer's prefix tokens, which
/// are never predicted. A batch cut short by the end of an epoch is completed from the next.
///
/// For use by one thread.
public final class Batches {
  /// The shape and order of the batches.
  ///
  /// @param rows sequences in a batch
  /// @param time the context, the maximum length of a row
  /// @param seed of the shuffles and offsets
  public record Order(int rows, int time, long seed) {
    /// @throws IllegalArgumentException if there are no rows or no time
    public Order {
      if (rows < 1 || time < 1) {
        throw new IllegalArgumentException(
            "a batch of %d rows of %d tokens is empty".formatted(rows, time));
      }
    }
  }

  private final Order order;
  private final Rows rows;
  private final long[] chosen;
  private final long[] shifts;
  private Position position = Position.START;
  private long epoch = -1;
  private Permutation permutation = new Permutation(1, 0);
  private long shift;
  private Batch batch = Batch.empty(0, 0);

  private Batches(Order order, Rows rows) {
    this.order = order;
    this.rows = rows;
    this.chosen = new long[order.rows()];
    this.shifts = new long[order.rows()];
  }

  /// The batches of `data` from the first.
  ///
  /// @throws DataException if the text is shorter than one row with the token after it
  public static Batches of(TokenFile data, Order order) {
    int before = data.framing().before().length;
    long most = data.tokens() + before - 1; // the longest context that the text fills
    if (data.layout() == TokenFile.Layout.PACKED && most < order.time()) {
      var shorter = most > before ? " or a `context` of at most %d".formatted(most) : "";
      throw new DataException(
          "the text to learn from is %d token%s, less than one context of %d and the token after it; give more text%s"
              .formatted(data.tokens(), data.tokens() == 1 ? "" : "s", order.time(), shorter));
    }
    return new Batches(order, Rows.of(data, order.time()));
  }

  /// The next batch. It is overwritten by the one after it.
  public Batch next() {
    int longest = 0;
    for (int i = 0; i < chosen.length; i++) {
      enterEpoch();
      chosen[i] = permutation.at(position.index());
      shifts[i] = shift;
      longest = Math.max(longest, rows.length(chosen[i]));
      advance();
    }
    int time = rows.batchTime(longest);
    if (batch.rows() != order.rows() || batch.time() != time) {
      batch = Batch.empty(order.rows(), time);
    }
    fill(batch, rows, chosen, shifts);
    return batch;
  }

  /// Leaves the next batch out, as if it had been drawn.
  public void skip() {
    for (int i = 0; i < order.rows(); i++) {
      advance();
    }
  }

  static void fill(Batch batch, Rows rows, long[] chosen, long[] shifts) {
    Arrays.fill(batch.inputs(), 0);
    Arrays.fill(batch.targets(), Batch.IGNORED);
    for (int i = 0; i < chosen.length; i++) {
      rows.read(chosen[i], shifts[i], batch, i * batch.time());
    }
  }

  private void enterEpoch() {
    if (position.epoch() != epoch) {
      epoch = position.epoch();
      permutation = Permutation.ofEpoch(rows.count(), order.seed(), epoch);
      shift = Long.remainderUnsigned(ContentHash.mix(~permutation.key()), rows.targets());
    }
  }

  private void advance() {
    long index = position.index() + 1;
    position =
        index < rows.count()
            ? new Position(position.epoch(), index)
            : new Position(position.epoch() + 1, 0);
  }

  /// The position of the next batch.
  public Position position() {
    return position;
  }

  /// Continues at a position from [#position()]: the batches after it are identical.
  ///
  /// @throws DataException if this data has no such position
  public void seek(Position wanted) {
    if (wanted.index() >= rows.count()) {
      throw new DataException(
          "row %d of epoch %d is beyond the %d rows of this data; go on with the data and the context that the run began with"
              .formatted(wanted.index(), wanted.epoch(), rows.count()));
    }
    position = wanted;
  }

  /// A line for the user about sequences that were cut, if any.
  public Optional<String> notice() {
    return rows.cutSequences() == 0
        ? Optional.empty()
        : Optional.of(
            "sequences that are longer than the context of %2$d and are cut into pieces: %1$d"
                .formatted(rows.cutSequences(), order.time()));
  }

  /// Number of rows in an epoch.
  public long rowsPerEpoch() {
    return rows.count();
  }

  /// Number of targets in an epoch.
  public long targetsPerEpoch() {
    return rows.targets();
  }
}

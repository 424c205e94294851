package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.data.Permutation;
import dev.fader.data.Position;
import java.util.ArrayList;
import java.util.List;

/// An endless stream of batches of examples, in an order that the seed fixes.
///
/// An epoch takes every example once, in an order shuffled anew. Some hundreds of examples at a
/// time, in that order, are arranged so that little pads the rows: one to a row beside others of
/// similar length, or several side by side. A batch cut short by the end of an epoch is completed
/// from the next.
///
/// For use by one thread.
public final class ExampleBatches {
  /// The shape and order of the batches.
  ///
  /// @param rows rows of a batch
  /// @param time the context, the most places of a row
  /// @param seed of the shuffles
  /// @param packed whether a row may hold several examples
  public record Order(int rows, int time, long seed, boolean packed) {
    /// @throws IllegalArgumentException if there are no rows or no time
    public Order {
      if (rows < 1 || time < 1) {
        throw new IllegalArgumentException(
            "a batch of %d rows of %d tokens is empty".formatted(rows, time));
      }
    }
  }

  private final List<TrainingExample> examples;
  private final Order order;
  private final RowPlanner planner;
  private Position position = Position.START;
  private Plan plan;

  /// The rows of one window of an epoch.
  private record Plan(long epoch, long window, List<int[]> rows) {}

  private ExampleBatches(List<TrainingExample> examples, Order order) {
    this.examples = examples;
    this.order = order;
    this.planner =
        order.packed()
            ? BestFit.of(examples, order.time())
            : new LengthGroups(examples, order.rows());
    this.plan = plan(0, 0);
  }

  /// The batches of these examples from the first.
  ///
  /// @throws IllegalArgumentException if there are none, or one does not fit a row
  public static ExampleBatches of(List<TrainingExample> examples, Order order) {
    if (examples.isEmpty()) {
      throw new IllegalArgumentException("there are no examples; give at least one");
    }
    for (var example : examples) {
      if (example.length() < 1 || example.inputs() > order.time()) {
        throw new IllegalArgumentException(
            "%s: %d tokens do not fit a row of %d; cut the example"
                .formatted(example.place(), example.length(), order.time()));
      }
    }
    return new ExampleBatches(List.copyOf(examples), order);
  }

  /// The next batch. The segments have the numbers of the examples in the list.
  public ExampleBatch next() {
    var rows = new ArrayList<int[]>(order.rows());
    while (rows.size() < order.rows()) {
      rows.add(take());
    }
    return ExampleBatch.of(examples, rows);
  }

  /// Leaves the next batch out, as if it had been drawn.
  public void skip() {
    for (int i = 0; i < order.rows(); i++) {
      take();
    }
  }

  private int[] take() {
    long window = position.index() / planner.window();
    if (plan.epoch != position.epoch() || plan.window != window) {
      plan = plan(position.epoch(), window);
    }
    int[] row = plan.rows.get(rowAt(plan, position));
    long index = position.index() + row.length;
    position =
        index < examples.size()
            ? new Position(position.epoch(), index)
            : new Position(position.epoch() + 1, 0);
    return row;
  }

  private Plan plan(long epoch, long window) {
    long start = window * planner.window();
    var numbers = new int[(int) Math.min(planner.window(), examples.size() - start)];
    var shuffle = Permutation.ofEpoch(examples.size(), order.seed(), epoch);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (int) shuffle.at(start + i);
    }
    long done = epoch * examples.size() + start;
    long key = Permutation.ofEpoch(1, shuffle.key(), window).key();
    return new Plan(epoch, window, planner.plan(numbers, done, key));
  }

  /// The row of a plan that begins at a position.
  private int rowAt(Plan plan, Position wanted) {
    long index = plan.window * planner.window();
    int row = 0;
    while (index < wanted.index() && row < plan.rows.size()) {
      index += plan.rows.get(row++).length;
    }
    if (index != wanted.index() || row == plan.rows.size()) {
      throw elsewhere(wanted);
    }
    return row;
  }

  private static DataException elsewhere(Position wanted) {
    return new DataException(
        "no row begins at example %d of epoch %d; go on with the examples, the context and the batch that the run began with"
            .formatted(wanted.index(), wanted.epoch()));
  }

  /// The position of the next batch: its index counts examples.
  public Position position() {
    return position;
  }

  /// Continues at a position from [#position()]: the batches after it are identical.
  ///
  /// @throws DataException if these examples have no such position
  public void seek(Position wanted) {
    if (wanted.index() >= examples.size()) {
      throw elsewhere(wanted);
    }
    var there = plan(wanted.epoch(), wanted.index() / planner.window());
    rowAt(there, wanted);
    plan = there;
    position = wanted;
  }

  /// The number of rows in an epoch. With several examples in a row it differs a little between
  /// epochs.
  public long rowsPerEpoch(long epoch) {
    long rows = 0;
    for (long window = 0; window * planner.window() < examples.size(); window++) {
      rows += order.packed() ? plan(epoch, window).rows.size() : 0;
    }
    return order.packed() ? rows : examples.size();
  }
}

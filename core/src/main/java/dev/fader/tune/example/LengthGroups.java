package dev.fader.tune.example;

import dev.fader.data.Permutation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// A row for each example. Those of a batch are of similar length, so that little pads them: the
/// examples are sorted by length and cut into batches, which are then shuffled.
///
/// @param rows of a batch
record LengthGroups(List<TrainingExample> all, int rows) implements RowPlanner {
  private static final int BATCHES = 32;
  private static final int LEAST = 256;

  @Override
  public int window() {
    return Math.toIntExact(
        Math.min(1 << 30, (long) Math.ceilDiv(Math.max(BATCHES * rows, LEAST), rows) * rows));
  }

  /// A batch that the examples before have begun is filled first, and one that is not filled comes
  /// last.
  @Override
  public List<int[]> plan(int[] examples, long done, long key) {
    int[] sorted =
        IntStream.of(examples)
            .boxed()
            .sorted((a, b) -> Integer.compare(all.get(a).inputs(), all.get(b).inputs()))
            .mapToInt(Integer::intValue)
            .toArray();
    int first = (int) Math.min(sorted.length, (rows - done % rows) % rows);
    int batches = (sorted.length - first) / rows;
    var plan = new ArrayList<int[]>();
    add(plan, sorted, 0, first);
    var order = new Permutation(Math.max(1, batches), key);
    for (int i = 0; i < batches; i++) {
      int from = first + (int) order.at(i) * rows;
      add(plan, sorted, from, from + rows);
    }
    add(plan, sorted, first + batches * rows, sorted.length);
    return plan;
  }

  private static void add(List<int[]> plan, int[] sorted, int from, int to) {
    for (int i = from; i < to; i++) {
      plan.add(Arrays.copyOfRange(sorted, i, i + 1));
    }
  }
}

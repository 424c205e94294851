package dev.fader.tune.example;

import dev.fader.data.Permutation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Several examples side by side in a row: the longest first, each into the row that it fills best
/// (best fit decreasing: at most 11/9 of the fewest rows and a few more, Johnson 1973). The rows
/// are then shuffled.
///
/// @param time the places of a row
/// @param window how many examples are arranged together
record BestFit(List<TrainingExample> all, int time, int window) implements RowPlanner {
  private static final int LEAST = 1024;
  private static final int ROWS = 64;

  /// Arranges so many at a time that the row which stays half empty is one of many.
  static BestFit of(List<TrainingExample> all, int time) {
    long inputs = 0;
    for (var example : all) {
      inputs += example.inputs();
    }
    long inRow = Math.ceilDiv((long) time * all.size(), Math.max(1, inputs));
    return new BestFit(all, time, (int) Math.min(1 << 30, Math.max(LEAST, ROWS * inRow)));
  }

  @Override
  public List<int[]> plan(int[] examples, long done, long key) {
    int[] sorted =
        IntStream.of(examples)
            .boxed()
            .sorted((a, b) -> Integer.compare(all.get(b).inputs(), all.get(a).inputs()))
            .mapToInt(Integer::intValue)
            .toArray();
    var rows = new int[sorted.length][];
    var free = new int[sorted.length];
    int count = 0;
    for (int number : sorted) {
      int length = all.get(number).inputs();
      int best = -1;
      for (int row = 0; row < count; row++) {
        if (free[row] >= length && (best < 0 || free[row] < free[best])) {
          best = row;
        }
      }
      if (best < 0) {
        best = count++;
        rows[best] = new int[0];
        free[best] = time;
      }
      rows[best] = Arrays.copyOf(rows[best], rows[best].length + 1);
      rows[best][rows[best].length - 1] = number;
      free[best] -= length;
    }
    var order = new Permutation(count, key);
    var plan = new ArrayList<int[]>(count);
    for (int i = 0; i < count; i++) {
      plan.add(rows[(int) order.at(i)]);
    }
    return plan;
  }
}

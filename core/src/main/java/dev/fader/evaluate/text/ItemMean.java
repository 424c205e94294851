package dev.fader.evaluate.text;

import java.util.List;
import java.util.function.ToDoubleBiFunction;

/// The mean of scores of items, each beside the best of its references.
final class ItemMean {
  private ItemMean() {}

  /// The best score of an item, and that it is one.
  static double[] statistics(
      String candidate, List<String> references, ToDoubleBiFunction<String, String> score) {
    double best = 0;
    for (var reference : references) {
      best = Math.max(best, score.applyAsDouble(candidate, reference));
    }
    return new double[] {best, 1};
  }

  static double of(double[] sums) {
    return sums[0] / sums[1];
  }

  /// The harmonic mean of precision and recall, 0 where nothing is common.
  static double f1(int common, int candidate, int reference) {
    if (common == 0) {
      return 0;
    }
    double precision = (double) common / candidate;
    double recall = (double) common / reference;
    return 2 * precision * recall / (precision + recall);
  }
}

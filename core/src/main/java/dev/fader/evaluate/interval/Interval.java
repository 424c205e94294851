package dev.fader.evaluate.interval;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ObjIntConsumer;
import java.util.function.ToDoubleFunction;

/// Where a figure is likely to be, with a confidence of 95 %.
public record Interval(double low, double high) {
  /// Of samples by the bootstrap.
  public static final int RESAMPLES = 1000;

  private static final double CONFIDENCE = 0.95;
  private static final double Z = 1.959963984540054; // the normal quantile of 0.975

  /// Student's quantiles of 0.975 for 1, 2, ... degrees of freedom.
  private static final List<Double> STUDENT =
      List.of(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262);

  /// Student's interval of a mean, for a few values that scatter evenly (Student 1908).
  ///
  /// @return without bounds for fewer than two values; for more than ten, wider than it need be
  public static Interval ofMean(double... values) {
    int freedom = values.length - 1;
    if (freedom < 1) {
      return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    double half =
        STUDENT.get(Math.min(freedom, STUDENT.size()) - 1)
            * Math.sqrt(squares / freedom / values.length);
    return new Interval(mean - half, mean + half);
  }

  /// Wilson's interval of a share: sensible for few items and for shares of 0 and 1, too (Wilson
  /// 1927).
  ///
  /// @throws IllegalArgumentException if there are no items, or more successes than items
  public static Interval ofShare(long successes, long items) {
    requireItems(items);
    if (successes < 0 || successes > items) {
      throw new IllegalArgumentException(
          "%d successes of %d items: there are from 0 to %d".formatted(successes, items, items));
    }
    double share = (double) successes / items;
    double spread = Z * Z / items;
    double centre = (share + spread / 2) / (1 + spread);
    double half = Z * Math.sqrt(share * (1 - share) / items + spread / (4 * items)) / (1 + spread);
    return new Interval(successes == 0 ? 0 : centre - half, successes == items ? 1 : centre + half);
  }

  /// The percentile interval of the bootstrap (Efron 1979): the score of as many items drawn again
  /// and again from these, with replacement.
  ///
  /// @param statistics what each item contributes to the sums that `score` takes
  /// @param seed of the draws; the same gives the same interval
  /// @throws IllegalArgumentException if there are no items
  public static Interval ofScore(
      List<double[]> statistics, ToDoubleFunction<double[]> score, long seed) {
    requireItems(statistics.size());
    return bootstrap(
        new Draws(statistics.size(), seed),
        new double[statistics.getFirst().length],
        (sums, item) -> add(statistics.get(item), sums),
        score);
  }

  /// The same for items that each have one of several outcomes, by their numbers from 0: what
  /// `score` takes is how often each came.
  ///
  /// @param kinds how many outcomes there are
  /// @throws IllegalArgumentException if there are no items
  public static Interval ofOutcomes(
      int[] outcomes, int kinds, ToDoubleFunction<double[]> score, long seed) {
    requireItems(outcomes.length);
    return bootstrap(
        new Draws(outcomes.length, seed),
        new double[kinds],
        (sums, item) -> sums[outcomes[item]]++,
        score);
  }

  private record Draws(int items, long seed) {}

  /// @param sums of a sample
  /// @param adding an item to them, by its number
  private static Interval bootstrap(
      Draws draws,
      double[] sums,
      ObjIntConsumer<double[]> adding,
      ToDoubleFunction<double[]> score) {
    var random = new SplittableRandom(draws.seed);
    var scores = new double[RESAMPLES];
    for (int sample = 0; sample < RESAMPLES; sample++) {
      Arrays.fill(sums, 0);
      for (int draw = 0; draw < draws.items; draw++) {
        adding.accept(sums, random.nextInt(draws.items));
      }
      scores[sample] = score.applyAsDouble(sums.clone());
    }
    Arrays.sort(scores);
    double tail = (1 - CONFIDENCE) / 2;
    return new Interval(quantile(scores, tail), quantile(scores, 1 - tail));
  }

  /// The sums of the statistics of items.
  ///
  /// @throws IllegalArgumentException if there are no items
  public static double[] sums(List<double[]> statistics) {
    requireItems(statistics.size());
    var sums = new double[statistics.getFirst().length];
    for (var item : statistics) {
      add(item, sums);
    }
    return sums;
  }

  private static void add(double[] item, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += item[i];
    }
  }

  private static void requireItems(long items) {
    if (items < 1) {
      throw new IllegalArgumentException("there are no items: a figure needs at least 1");
    }
  }

  /// Between the two nearest of sorted values.
  private static double quantile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}

package dev.fader.train;

import java.util.Collections;
import java.util.List;

/// How the experts of a layer shared the tokens of a step, or of an evaluation. No token is left
/// out, however many choose the same expert.
///
/// @param layer from 0; the first of those that share their parameters
/// @param choices by expert, how many tokens chose it
/// @param entropy of the router's probabilities in nats, the mean over the tokens: the logarithm of
///   the number of experts where it prefers none
public record ExpertLoad(int layer, List<Long> choices, double entropy) {
  public ExpertLoad {
    choices = List.copyOf(choices);
  }

  /// The load of the busiest expert over the mean: 1 where all are alike (MaxVio of Wang et al.
  /// 2024 is one less).
  public double largestOverMean() {
    long all = choices.stream().mapToLong(Long::longValue).sum();
    return all == 0 ? 1 : (double) Collections.max(choices) * choices.size() / all;
  }

  /// How many experts no token chose.
  public int unused() {
    return Math.toIntExact(choices.stream().filter(count -> count == 0).count());
  }

  /// The largest of [#largestOverMean] in all layers; 1 if there are none.
  public static double largestOverMean(List<ExpertLoad> layers) {
    return layers.stream().mapToDouble(ExpertLoad::largestOverMean).max().orElse(1);
  }

  /// The mean of the layers' entropies.
  public static double entropy(List<ExpertLoad> layers) {
    return layers.stream().mapToDouble(ExpertLoad::entropy).average().orElse(0);
  }

  /// The experts of all layers that no token chose.
  public static int unused(List<ExpertLoad> layers) {
    return layers.stream().mapToInt(ExpertLoad::unused).sum();
  }
}

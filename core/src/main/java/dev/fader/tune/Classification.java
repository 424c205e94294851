package dev.fader.tune;

import java.util.ArrayList;
import java.util.List;

/// What is found in a text.
///
/// @param logits by the numbers of the labels
/// @param probabilities likewise: of all labels together 1, or of each alone where several may be
///   right
/// @param chosen the numbers of the labels that are likely, the most likely first; one, unless
///   several may be right
public record Classification(
    List<Double> logits, List<Double> probabilities, List<Integer> chosen) {
  private static final double HALF = 0.5;

  public Classification {
    logits = List.copyOf(logits);
    probabilities = List.copyOf(probabilities);
    chosen = List.copyOf(chosen);
  }

  /// What logits say.
  ///
  /// @param several whether several labels may be right
  public static Classification of(List<Double> logits, boolean several) {
    double highest = logits.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double sum = logits.stream().mapToDouble(logit -> Math.exp(logit - highest)).sum();
    var probabilities = new ArrayList<Double>();
    for (double logit : logits) {
      probabilities.add(several ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit - highest) / sum);
    }
    var order = new ArrayList<Integer>();
    for (int label = 0; label < logits.size(); label++) {
      order.add(label);
    }
    order.sort((a, b) -> Double.compare(logits.get(b), logits.get(a)));
    var chosen =
        several
            ? order.stream().filter(label -> probabilities.get(label) >= HALF).toList()
            : List.of(order.getFirst());
    return new Classification(logits, probabilities, chosen);
  }
}

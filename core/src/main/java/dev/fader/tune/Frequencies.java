package dev.fader.tune;

import java.util.HashMap;
import java.util.Map;

/// How often each of some outcomes came.
final class Frequencies {
  private final Map<Integer, Long> counts = new HashMap<>();
  private long total;

  void add(int outcome) {
    counts.merge(outcome, 1L, Long::sum);
    total++;
  }

  /// Their entropy in nats: the loss of a model that knows only frequencies.
  double entropy() {
    double sum = 0;
    for (long count : counts.values()) {
      sum -= count * Math.log((double) count / total);
    }
    return total == 0 ? 0 : sum / total;
  }
}

package dev.fader.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/// Tokens with their logits, the most probable first, of which fewer and fewer are kept.
final class Candidates {
  private final int[] ids;
  private final float[] logits;
  private int count;

  private Candidates(int[] ids, float[] logits) {
    this.ids = ids;
    this.logits = logits;
    this.count = ids.length;
  }

  /// The `limit` largest logits in falling order, all of them for 0; the smaller id first where two
  /// are equal.
  static Candidates of(float[] logits, int limit) {
    int kept = limit == 0 ? logits.length : Math.min(limit, logits.length);
    var order = kept < logits.length / 8 ? select(logits, kept) : sort(logits, kept);
    var sorted = new float[kept];
    for (int i = 0; i < kept; i++) {
      float logit = logits[order[i]];
      sorted[i] = Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : logit;
    }
    return new Candidates(order, sorted);
  }

  /// Keys that sort as long numbers: falling logits, then rising ids.
  private static long key(float logit, int id) {
    int bits = Float.floatToIntBits(Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : logit);
    int rising = bits ^ (bits >> 31 & 0x7fffffff);
    return (long) ~rising << 32 | id;
  }

  private static int[] sort(float[] logits, int kept) {
    var keys = new long[logits.length];
    for (int i = 0; i < logits.length; i++) {
      keys[i] = key(logits[i], i);
    }
    Arrays.sort(keys);
    var ids = new int[kept];
    for (int i = 0; i < kept; i++) {
      ids[i] = (int) keys[i];
    }
    return ids;
  }

  private static int[] select(float[] logits, int kept) {
    var best = new PriorityQueue<Long>(kept + 1, Comparator.reverseOrder());
    for (int i = 0; i < logits.length; i++) {
      long key = key(logits[i], i);
      if (best.size() < kept) {
        best.add(key);
      } else if (key < best.element()) {
        best.remove();
        best.add(key);
      }
    }
    var ids = new int[kept];
    for (int i = kept - 1; i >= 0; i--) {
      ids[i] = (int) (long) best.remove();
    }
    return ids;
  }

  int count() {
    return count;
  }

  int id(int rank) {
    return ids[rank];
  }

  /// Keeps the fewest whose probabilities add up to `p`.
  void keepTopP(float p) {
    if (p >= 1) {
      return;
    }
    double total = sum(1);
    double reached = 0;
    for (int i = 0; i < count; i++) {
      reached += weight(i, 1);
      if (reached >= p * total) {
        count = i + 1;
      }
    }
  }

  /// Keeps those at least `p` times as probable as the first.
  void keepMinP(float p) {
    while (count > 1 && weight(count - 1, 1) < p) {
      count--;
    }
  }

  /// One of them: `uniform` in [0, 1) chooses, by the distribution at this temperature.
  int draw(float temperature, double uniform) {
    if (!(logits[0] > Float.NEGATIVE_INFINITY)) {
      throw new IllegalStateException(
          "the model's logits are not numbers: its weights are broken, or training diverged");
    }
    double left = uniform * sum(temperature);
    for (int i = 0; i < count; i++) {
      left -= weight(i, temperature);
      if (left < 0) {
        return ids[i];
      }
    }
    return ids[count - 1];
  }

  private double sum(float temperature) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += weight(i, temperature);
    }
    return sum;
  }

  /// The probability relative to the first candidate's.
  private double weight(int rank, float temperature) {
    return Math.exp((logits[rank] - logits[0]) / temperature);
  }
}

package dev.fader.generate;

import java.util.Arrays;

/// Tokens with their logits, of which fewer and fewer are kept: the most probable first, but where
/// nothing is cut by rank and so nothing needs to be sorted.
final class Candidates {
  /// Below this difference of logits a probability, next to that of the first, is below 1e-20: none
  /// that the sum of a vocabulary could tell from 0.
  private static final double NEGLIGIBLE = -46;

  private static final int BINS = 2048;

  private final int[] ids;
  private final float[] logits;
  private final int most; // the place of the most probable
  private int count;
  private double beyond; // what others add to the sum of exponentials of probabilities

  private Candidates(int[] ids, float[] logits, int most) {
    this.ids = ids;
    this.logits = logits;
    this.most = most;
    this.count = ids.length;
  }

  /// The `limit` largest logits in falling order, all of them for 0; the smaller id first where two
  /// are equal. What is no number or minus infinity is no candidate.
  static Candidates of(float[] logits, int limit) {
    int kept = limit == 0 ? logits.length : Math.min(limit, logits.length);
    return sorted(logits, kept < logits.length / 8 ? select(logits, kept) : sort(logits), kept);
  }

  private static Candidates sorted(float[] logits, long[] keys, int kept) {
    int count = 0;
    while (count < kept && isCandidate(logits[(int) keys[count]])) {
      count++;
    }
    var ids = new int[count];
    var sorted = new float[count];
    for (int i = 0; i < count; i++) {
      ids[i] = (int) keys[i];
      sorted[i] = logits[ids[i]];
    }
    return new Candidates(ids, sorted, 0);
  }

  /// All of them by rising id, in time linear in the vocabulary: for drawing among all.
  static Candidates unsorted(float[] logits) {
    var ids = new int[logits.length];
    var kept = new float[logits.length];
    int count = 0;
    int most = 0;
    for (int id = 0; id < logits.length; id++) {
      if (isCandidate(logits[id])) {
        ids[count] = id;
        kept[count] = logits[id];
        most = logits[id] > kept[most] ? count : most;
        count++;
      }
    }
    return new Candidates(Arrays.copyOf(ids, count), Arrays.copyOf(kept, count), most);
  }

  /// Those that are at least `p` times as probable as the first, sorted.
  static Candidates atLeast(float[] logits, double p) {
    // A little lower, for a cut that rounds otherwise.
    return above(logits, largest(logits) + Math.log(p) - 1e-3);
  }

  /// Enough of the most probable to add up to `p`, sorted: those in the bins of logits, from the
  /// highest down, that add up to it, and in the next one, lest sums round otherwise.
  static Candidates nucleus(float[] logits, double p) {
    float largest = largest(logits);
    var sums = new double[BINS];
    double sum = 0;
    for (float logit : logits) {
      double difference = logit - largest;
      if (difference > NEGLIGIBLE) {
        double exponential = Math.exp(difference);
        sums[(int) (difference / NEGLIGIBLE * BINS)] += exponential;
        sum += exponential;
      }
    }
    double inside = 0;
    int bins = 0;
    while (bins < BINS && inside < p * sum) {
      inside += sums[bins++];
    }
    var candidates = above(logits, largest + (bins + 1) * NEGLIGIBLE / BINS);
    double kept = 0;
    for (int i = 0; i < candidates.count; i++) {
      kept += Math.exp(candidates.logits[i] - largest);
    }
    candidates.beyond = Math.max(0, sum - kept);
    return candidates;
  }

  private static Candidates above(float[] logits, double floor) {
    var keys = new long[logits.length];
    int count = 0;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] >= floor) {
        keys[count++] = key(logits[id], id);
      }
    }
    Arrays.sort(keys, 0, count);
    return sorted(logits, keys, count);
  }

  private static float largest(float[] logits) {
    float largest = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = logit > largest ? logit : largest;
    }
    return largest;
  }

  private static boolean isCandidate(float logit) {
    return logit > Float.NEGATIVE_INFINITY;
  }

  /// Keys that sort as long numbers: falling logits, then rising ids.
  private static long key(float logit, int id) {
    int bits = Float.floatToIntBits(Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : logit + 0f);
    int rising = bits ^ (bits >> 31 & 0x7fffffff);
    return (long) ~rising << 32 | id;
  }

  private static long[] sort(float[] logits) {
    var keys = new long[logits.length];
    for (int i = 0; i < logits.length; i++) {
      keys[i] = key(logits[i], i);
    }
    Arrays.sort(keys);
    return keys;
  }

  /// The `kept` smallest keys in their order, by a heap whose top is the largest of them.
  private static long[] select(float[] logits, int kept) {
    var heap = new long[kept];
    for (int i = 0; i < kept; i++) {
      heap[i] = key(logits[i], i);
    }
    for (int i = kept / 2 - 1; i >= 0; i--) {
      sink(heap, i);
    }
    for (int i = kept; i < logits.length; i++) {
      long key = key(logits[i], i);
      if (key < heap[0]) {
        heap[0] = key;
        sink(heap, 0);
      }
    }
    Arrays.sort(heap);
    return heap;
  }

  private static void sink(long[] heap, int start) {
    int at = start;
    long key = heap[at];
    while (2 * at + 1 < heap.length) {
      int child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1] > heap[child]) {
        child++;
      }
      if (heap[child] <= key) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = key;
  }

  int count() {
    return count;
  }

  int id(int rank) {
    return ids[rank];
  }

  float logit(int rank) {
    return logits[rank];
  }

  /// The largest logit.
  float largest() {
    return logits[most];
  }

  /// The softmax over those that are left, by rank.
  double[] probabilities() {
    var probabilities = new double[count];
    double sum = exponentials(probabilities) + beyond;
    for (int i = 0; i < count; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  /// Fills in the exponentials of the differences from the largest logit; returns their sum.
  private double exponentials(double[] exponentials) {
    double sum = 0;
    float largest = logits[most];
    for (int i = 0; i < count; i++) {
      double difference = logits[i] - largest;
      exponentials[i] = difference > NEGLIGIBLE ? Math.exp(difference) : 0;
      sum += exponentials[i];
    }
    return sum;
  }

  /// Leaves out all but the `kept` most probable.
  void keepFirst(int kept) {
    count = kept;
    beyond = 0;
  }

  /// Leaves out the `dropped` most probable of those that are sorted.
  void dropFirst(int dropped) {
    count -= dropped;
    System.arraycopy(ids, dropped, ids, 0, count);
    System.arraycopy(logits, dropped, logits, 0, count);
  }

  /// Leaves out those whose rank is not marked.
  void keep(boolean[] marked) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (marked[i]) {
        ids[kept] = ids[i];
        logits[kept++] = logits[i];
      }
    }
    count = kept;
  }

  /// Divides the logits. At temperature 0 only the most probable is left.
  void temper(double temperature) {
    if (temperature == 0) {
      ids[0] = ids[most];
      logits[0] = logits[most];
      keepFirst(1);
    } else if (temperature != 1) {
      float largest = logits[most];
      // Differences, so that a temperature near 0 makes no infinities of the largest.
      for (int i = 0; i < count; i++) {
        logits[i] = (float) ((logits[i] - largest) / temperature);
      }
    }
  }

  /// The rank of one of them: `uniform` in [0, 1) chooses, by their distribution.
  int draw(double uniform) {
    var exponentials = new double[count];
    double left = uniform * exponentials(exponentials);
    int last = 0; // where rounding leaves something
    for (int i = 0; i < count; i++) {
      left -= exponentials[i];
      if (left < 0) {
        return i;
      }
      last = exponentials[i] > 0 ? i : last;
    }
    return last;
  }
}

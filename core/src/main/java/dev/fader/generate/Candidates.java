package dev.fader.generate;

import java.util.Arrays;

/// Candidate tokens with their logits, which truncation narrows down; sorted by falling probability
/// only where a truncation goes by rank.
final class Candidates {
  /// Logits this far below the largest have a relative probability below 1e-20, which does not
  /// change the sum over a vocabulary.
  private static final double NEGLIGIBLE = -46;

  private static final int BINS = 2048;

  private final int[] ids;
  private final float[] logits;
  private final int argmax;
  private int count;
  private double otherMass; // sum of the exponentials of tokens that are no candidates

  private Candidates(int[] ids, float[] logits, int argmax) {
    this.ids = ids;
    this.logits = logits;
    this.argmax = argmax;
    this.count = ids.length;
  }

  /// The `limit` largest logits in falling order, all of them for 0; the smaller id first where two
  /// are equal. NaN and minus infinity are no candidates.
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

  /// All candidates by rising id, in linear time: for sampling without truncation.
  static Candidates unsorted(float[] logits) {
    var ids = new int[logits.length];
    var kept = new float[logits.length];
    int count = 0;
    int argmax = 0;
    for (int id = 0; id < logits.length; id++) {
      if (isCandidate(logits[id])) {
        ids[count] = id;
        kept[count] = logits[id];
        argmax = logits[id] > kept[argmax] ? count : argmax;
        count++;
      }
    }
    return new Candidates(Arrays.copyOf(ids, count), Arrays.copyOf(kept, count), argmax);
  }

  /// Those that are at least `p` times as probable as the first, sorted.
  static Candidates atLeast(float[] logits, double p) {
    // Slightly lower, because the exact cut that follows may round differently.
    return above(logits, largest(logits) + Math.log(p) - 1e-3);
  }

  /// A superset of the nucleus of `p`, sorted: a histogram of logits is summed from the highest bin
  /// down to `p`, and one bin more is kept against rounding.
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
    candidates.otherMass = Math.max(0, sum - kept);
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
    return logits[argmax];
  }

  /// The softmax over the remaining candidates, by rank.
  double[] probabilities() {
    var probabilities = new double[count];
    double sum = exponentials(probabilities) + otherMass;
    for (int i = 0; i < count; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  /// Fills in the exponentials of the differences from the largest logit; returns their sum.
  private double exponentials(double[] exponentials) {
    double sum = 0;
    float largest = logits[argmax];
    for (int i = 0; i < count; i++) {
      double difference = logits[i] - largest;
      exponentials[i] = difference > NEGLIGIBLE ? Math.exp(difference) : 0;
      sum += exponentials[i];
    }
    return sum;
  }

  /// Keeps only the `kept` most probable.
  void keepFirst(int kept) {
    count = kept;
    otherMass = 0;
  }

  /// Drops the `dropped` most probable of sorted candidates.
  void dropFirst(int dropped) {
    count -= dropped;
    System.arraycopy(ids, dropped, ids, 0, count);
    System.arraycopy(logits, dropped, logits, 0, count);
  }

  /// Keeps only those whose rank is marked.
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
  void applyTemperature(double temperature) {
    if (temperature == 0) {
      ids[0] = ids[argmax];
      logits[0] = logits[argmax];
      keepFirst(1);
    } else if (temperature != 1) {
      float largest = logits[argmax];
      // Differences, so that a temperature near 0 makes no infinities of the largest.
      for (int i = 0; i < count; i++) {
        logits[i] = (float) ((logits[i] - largest) / temperature);
      }
    }
  }

  /// Samples a rank from the distribution by inverse transform of `uniform` in [0, 1).
  int draw(double uniform) {
    var exponentials = new double[count];
    double left = uniform * exponentials(exponentials);
    int last = 0; // for a remainder left by rounding
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

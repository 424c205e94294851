package dev.fader.generate;

import java.util.Arrays;

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
  /// are equal. What is no number or minus infinity is no candidate.
  static Candidates of(float[] logits, int limit) {
    int kept = limit == 0 ? logits.length : Math.min(limit, logits.length);
    var keys = kept < logits.length / 8 ? select(logits, kept) : sort(logits);
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
    return new Candidates(ids, sorted);
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

  /// The softmax over those that are left, by rank.
  double[] probabilities() {
    return probabilities(1);
  }

  private double[] probabilities(double temperature) {
    var probabilities = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      probabilities[i] = Math.exp((logits[i] - logits[0]) / temperature);
      sum += probabilities[i];
    }
    for (int i = 0; i < count; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  /// Leaves out all but the `kept` most probable.
  void keepFirst(int kept) {
    count = kept;
  }

  /// Leaves out the `dropped` most probable.
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

  /// Divides the logits. At temperature 0 only the first is left.
  void temper(double temperature) {
    if (temperature == 0) {
      keepFirst(1);
    } else if (temperature != 1) {
      float first = logits[0];
      // Differences, so that a temperature near 0 makes no infinities of the largest.
      for (int i = 0; i < count; i++) {
        logits[i] = (float) ((logits[i] - first) / temperature);
      }
    }
  }

  /// The rank of one of them: `uniform` in [0, 1) chooses, by their distribution.
  int draw(double uniform) {
    var probabilities = probabilities();
    double left = uniform;
    for (int i = 0; i < count; i++) {
      left -= probabilities[i];
      if (left < 0) {
        return i;
      }
    }
    return 0;
  }
}

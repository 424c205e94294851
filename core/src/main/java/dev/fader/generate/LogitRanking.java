package dev.fader.generate;

import java.util.Arrays;

/// Tokens by falling logit, the smaller id first where two are equal; NaN counts as minus infinity.
/// Its memory is used again for the next logits.
final class LogitRanking {
  private long[] keys = {};

  /// Ranks the `kept` largest: few of many by a heap, without a sort of all.
  void largest(float[] logits, int kept) {
    if (kept < logits.length / 8) {
      select(logits, kept);
    } else {
      sort(logits);
    }
  }

  /// Ranks those of at least `floor` and returns how many they are.
  int atLeast(float[] logits, double floor) {
    grow(logits.length);
    int count = 0;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] >= floor) {
        keys[count++] = key(logits[id], id);
      }
    }
    Arrays.sort(keys, 0, count);
    return count;
  }

  int id(int rank) {
    return (int) keys[rank];
  }

  /// The memory of at least `count` keys, for a caller that has taken the ids it needs.
  long[] scratch(int count) {
    grow(count);
    return keys;
  }

  private void grow(int count) {
    if (keys.length < count) {
      keys = new long[count];
    }
  }

  /// Keys that sort as long numbers: falling logits, then rising ids.
  private static long key(float logit, int id) {
    int bits = Float.floatToIntBits(Float.isNaN(logit) ? Float.NEGATIVE_INFINITY : logit + 0f);
    int rising = bits ^ (bits >> 31 & 0x7fffffff);
    return (long) ~rising << 32 | id;
  }

  private void sort(float[] logits) {
    grow(logits.length);
    for (int id = 0; id < logits.length; id++) {
      keys[id] = key(logits[id], id);
    }
    Arrays.sort(keys, 0, logits.length);
  }

  /// The `kept` smallest keys in their order, by a heap whose top is the largest of them.
  private void select(float[] logits, int kept) {
    grow(kept);
    for (int id = 0; id < kept; id++) {
      keys[id] = key(logits[id], id);
    }
    for (int at = kept / 2 - 1; at >= 0; at--) {
      sink(at, kept);
    }
    float least = logits[id(0)];
    for (int id = kept; id < logits.length; id++) {
      // A later id loses against an equal logit.
      if (logits[id] <= least || Float.isNaN(logits[id])) {
        continue;
      }
      long key = key(logits[id], id);
      if (key < keys[0]) {
        keys[0] = key;
        sink(0, kept);
        least = logits[id(0)];
      }
    }
    Arrays.sort(keys, 0, kept);
  }

  private void sink(int start, int count) {
    int at = start;
    long key = keys[at];
    while (2 * at + 1 < count) {
      int child = 2 * at + 1;
      if (child + 1 < count && keys[child + 1] > keys[child]) {
        child++;
      }
      if (keys[child] <= key) {
        break;
      }
      keys[at] = keys[child];
      at = child;
    }
    keys[at] = key;
  }
}

package dev.fader.tokenizer.training;

import java.util.Arrays;

/// Pairs by count, largest first, then by the smaller pair: a binary heap.
final class PairQueue {
  private long[] counts = new long[1 << 10];
  private long[] pairs = new long[1 << 10];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  long topPair() {
    return pairs[0];
  }

  long topCount() {
    return counts[0];
  }

  void add(long count, long pair) {
    if (size == counts.length) {
      counts = Arrays.copyOf(counts, 2 * size);
      pairs = Arrays.copyOf(pairs, 2 * size);
    }
    int at = size++;
    while (at > 0 && isBefore(count, pair, (at - 1) / 2)) {
      move((at - 1) / 2, at);
      at = (at - 1) / 2;
    }
    counts[at] = count;
    pairs[at] = pair;
  }

  void removeTop() {
    size--;
    long count = counts[size];
    long pair = pairs[size];
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && isBefore(counts[child + 1], pairs[child + 1], child)) {
        child++;
      }
      if (!isBefore(counts[child], pairs[child], count, pair)) {
        break;
      }
      move(child, at);
      at = child;
    }
    counts[at] = count;
    pairs[at] = pair;
  }

  private void move(int from, int to) {
    counts[to] = counts[from];
    pairs[to] = pairs[from];
  }

  private boolean isBefore(long count, long pair, int other) {
    return isBefore(count, pair, counts[other], pairs[other]);
  }

  private static boolean isBefore(long count, long pair, long otherCount, long otherPair) {
    return count != otherCount ? count > otherCount : pair < otherPair;
  }
}

package dev.fader.tokenizer.model;

import java.util.Arrays;

/// The pairs of a long word that could merge, by rank, then from left to right: a binary heap of
/// `rank << 32 | position`. Stale pairs stay in it and must be checked when they are removed.
final class MergeQueue {
  private long[] heap;
  private int size;

  /// The pairs of neighbours in `ids[0, count)`.
  MergeQueue(MergeTable table, int[] ids, int count) {
    heap = new long[count];
    for (int at = 0; at + 1 < count; at++) {
      long merge = table.find(ids[at], ids[at + 1]);
      if (MergeTable.rank(merge) != MergeTable.NONE) {
        heap[size++] = entry(merge, at);
      }
    }
    for (int at = size / 2 - 1; at >= 0; at--) {
      sink(at, heap[at]);
    }
  }

  boolean isEmpty() {
    return size == 0;
  }

  long pop() {
    long top = heap[0];
    size--;
    if (size > 0) {
      sink(0, heap[size]);
    }
    return top;
  }

  /// Adds the result of [MergeTable#find] for the pair at `position`, unless it does not merge.
  void push(long merge, int position) {
    if (MergeTable.rank(merge) == MergeTable.NONE) {
      return;
    }
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, Math.addExact(size, size / 2 + 1));
    }
    long entry = entry(merge, position);
    int at = size++;
    while (at > 0 && heap[(at - 1) / 2] > entry) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = entry;
  }

  private static long entry(long merge, int position) {
    return (merge & 0xFFFFFFFF00000000L) | position;
  }

  private void sink(int hole, long entry) {
    int at = hole;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= entry) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = entry;
  }
}

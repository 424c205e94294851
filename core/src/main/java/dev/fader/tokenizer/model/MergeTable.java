package dev.fader.tokenizer.model;

import java.util.Comparator;
import java.util.stream.IntStream;

/// The merges of a BPE model: which pairs of pieces merge, and in which order. Open addressing, at
/// most half full because most look-ups miss; the slots are small, so that those misses stay near.
public final class MergeTable {
  /// The rank of a pair that does not merge; higher than every real one.
  public static final int NONE = Integer.MAX_VALUE;

  private final int[] slots; // number of the merge + 1, 0 where free
  private final long[] pairs; // by number: left id << 32 | right id
  private final long[] merges; // by number: rank << 32 | merged id
  private int size;

  /// A table with room for `capacity` merges.
  public MergeTable(int capacity) {
    int least = Math.max(2, Math.multiplyExact(2, capacity));
    slots = new int[Integer.highestOneBit(least - 1) << 1];
    pairs = new long[capacity];
    merges = new long[capacity];
  }

  /// Adds the merge next in rank. A repeated pair takes the new rank, as in Hugging Face's reader.
  public void add(int left, int right, int merged, int rank) {
    long pair = pair(left, right);
    int slot = slot(pair);
    if (slots[slot] == 0) {
      pairs[size++] = pair;
      slots[slot] = size;
    }
    merges[slots[slot] - 1] = ((long) rank << 32) | merged;
  }

  int size() {
    return size;
  }

  /// The rank and the merged id as `rank << 32 | id`, or a value with rank [#NONE].
  public long find(int left, int right) {
    int number = slots[slot(pair(left, right))];
    return number == 0 ? (long) NONE << 32 : merges[number - 1];
  }

  /// The merges as `left << 32 | right`, by rank, then by ids.
  public long[] inOrder() {
    return IntStream.range(0, size)
        .boxed()
        .sorted(
            Comparator.comparingInt((Integer number) -> rank(merges[number]))
                .thenComparingLong(number -> pairs[number]))
        .mapToLong(number -> pairs[number])
        .toArray();
  }

  public static int rank(long merge) {
    return (int) (merge >>> 32);
  }

  static int merged(long merge) {
    return (int) merge;
  }

  private int slot(long pair) {
    int mask = slots.length - 1;
    int slot = (int) ((pair * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (slots[slot] != 0 && pairs[slots[slot] - 1] != pair) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }
}

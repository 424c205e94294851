package dev.fader.tokenizer.model;

import java.util.Arrays;
import java.util.Comparator;

/// The merges of a BPE model: which pairs of pieces merge, and in which order. Open addressing over
/// `long` pairs, at most half full because most look-ups miss.
public final class MergeTable {
  /// The rank of a pair that does not merge; higher than every real one.
  public static final int NONE = Integer.MAX_VALUE;

  private static final long FREE = -1;

  private final long[] pairs; // left id << 32 | right id
  private final long[] merges; // rank << 32 | merged id
  private int size;

  public MergeTable(int capacity) {
    int slots = Integer.highestOneBit(Math.max(4, Math.multiplyExact(2, capacity))) << 1;
    pairs = new long[slots];
    merges = new long[slots];
    Arrays.fill(pairs, FREE);
  }

  /// Adds the merge next in rank. A repeated pair takes the new rank, as in Hugging Face's reader.
  public void add(int left, int right, int merged, int rank) {
    int slot = slot(left, right);
    if (pairs[slot] == FREE) {
      size++;
    }
    pairs[slot] = pair(left, right);
    merges[slot] = ((long) rank << 32) | merged;
  }

  int size() {
    return size;
  }

  /// The rank and the merged id as `rank << 32 | id`, or a value with rank [#NONE].
  public long find(int left, int right) {
    int slot = slot(left, right);
    return pairs[slot] == FREE ? (long) NONE << 32 : merges[slot];
  }

  /// The merges as `left << 32 | right`, by rank, then by ids.
  public long[] inOrder() {
    return java.util.stream.IntStream.range(0, pairs.length)
        .filter(slot -> pairs[slot] != FREE)
        .boxed()
        .sorted(
            Comparator.comparingInt((Integer slot) -> rank(merges[slot]))
                .thenComparingLong(slot -> pairs[slot]))
        .mapToLong(slot -> pairs[slot])
        .toArray();
  }

  public static int rank(long merge) {
    return (int) (merge >>> 32);
  }

  static int merged(long merge) {
    return (int) merge;
  }

  private int slot(int left, int right) {
    long pair = pair(left, right);
    int mask = pairs.length - 1;
    int slot = (int) ((pair * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (pairs[slot] != FREE && pairs[slot] != pair) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }
}

package dev.fader.tokenizer.training;

import java.util.Arrays;

/// How often each adjacent pair of pieces occurs and in which words: open addressing over `left <<
/// 32 | right`, and a heap of the most frequent pairs. Counts in the heap may be stale; they are
/// corrected when they come to the top.
final class PairCounts {
  static final long NONE = -1;

  private static final int[] NO_WORDS = {};

  private long[] pairs = new long[1 << 12];
  private long[] counts = new long[1 << 12];
  private int[][] words = new int[1 << 12][]; // may include a word that has lost the pair
  private int[] wordsSize = new int[1 << 12];
  private boolean[] merged = new boolean[1 << 12];
  private int size;

  private int[] slots = new int[1 << 13]; // index + 1, 0 if free
  private int[] changed = new int[1 << 12]; // pairs that became more frequent since last queued
  private boolean[] isChanged = new boolean[1 << 12];
  private int changedSize;
  private final PairQueue queue = new PairQueue();

  static int left(long pair) {
    return (int) (pair >>> 32);
  }

  static int right(long pair) {
    return (int) pair;
  }

  void increase(int left, int right, long count, int word) {
    int index = index(((long) left << 32) | right);
    counts[index] += count;
    addWord(index, word);
    if (!isChanged[index]) {
      isChanged[index] = true;
      if (changedSize == changed.length) {
        changed = Arrays.copyOf(changed, 2 * changedSize);
      }
      changed[changedSize++] = index;
    }
  }

  void decrease(int left, int right, long count) {
    counts[index(((long) left << 32) | right)] -= count;
  }

  /// Queues the pairs that became more frequent.
  void queueChanged() {
    for (int i = 0; i < changedSize; i++) {
      int index = changed[i];
      isChanged[index] = false;
      queue.add(counts[index], pairs[index]);
    }
    changedSize = 0;
  }

  /// The most frequent pair not merged yet, or [#NONE] if none is seen `minimumCount` times.
  long mostFrequent(int minimumCount) {
    while (!queue.isEmpty()) {
      long pair = queue.topPair();
      long queued = queue.topCount();
      queue.removeTop();
      int index = index(pair);
      if (merged[index] || counts[index] < minimumCount) {
        continue;
      }
      if (counts[index] == queued) {
        return pair;
      }
      if (counts[index] < queued) {
        queue.add(counts[index], pair);
      }
    }
    return NONE;
  }

  /// The words that may contain the pair, possibly repeated; the list is cleared.
  int[] takeWords(long pair) {
    int index = index(pair);
    int[] taken = Arrays.copyOf(words[index], wordsSize[index]);
    words[index] = NO_WORDS;
    wordsSize[index] = 0;
    return taken;
  }

  /// Marks the pair as merged: it is not returned again.
  void finish(long pair) {
    merged[index(pair)] = true;
  }

  private void addWord(int index, int word) {
    int known = wordsSize[index];
    if (known > 0 && words[index][known - 1] == word) {
      return;
    }
    if (known == words[index].length) {
      words[index] = Arrays.copyOf(words[index], Math.max(4, known + known / 2));
    }
    words[index][known] = word;
    wordsSize[index]++;
  }

  private int index(long pair) {
    int mask = slots.length - 1;
    int slot = hash(pair) & mask;
    while (slots[slot] > 0) {
      if (pairs[slots[slot] - 1] == pair) {
        return slots[slot] - 1;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = add(pair) + 1;
    if (2 * size > slots.length) {
      rehash();
    }
    return size - 1;
  }

  private int add(long pair) {
    if (size == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
      words = Arrays.copyOf(words, 2 * size);
      wordsSize = Arrays.copyOf(wordsSize, 2 * size);
      merged = Arrays.copyOf(merged, 2 * size);
      isChanged = Arrays.copyOf(isChanged, 2 * size);
    }
    pairs[size] = pair;
    words[size] = NO_WORDS;
    return size++;
  }

  private void rehash() {
    slots = new int[2 * slots.length];
    int mask = slots.length - 1;
    for (int index = 0; index < size; index++) {
      int slot = hash(pairs[index]) & mask;
      while (slots[slot] > 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = index + 1;
    }
  }

  private static int hash(long pair) {
    return (int) ((pair * 0x9E3779B97F4A7C15L) >>> 32);
  }
}

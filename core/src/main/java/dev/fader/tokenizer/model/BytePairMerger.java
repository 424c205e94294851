package dev.fader.tokenizer.model;

import java.util.Arrays;

/// Merges the pieces of one word: always the pair of lowest rank, leftmost first (Sennrich et al.
/// 2016, arXiv:1508.07909). Short words are scanned; long words use a heap of pairs and a linked
/// list of pieces, so that n pieces cost n log n.
final class BytePairMerger {
  /// The longest word for which scanning is faster than the heap.
  private static final int SHORT = 48;

  int[] ids = new int[SHORT];
  int count;
  private int[] ranks = new int[SHORT];
  private int[] merged = new int[SHORT];
  private int[] previous = {};
  private int[] next = {};

  /// Resets for a word of about `pieces` pieces.
  void start(int pieces) {
    if (ids.length < pieces) {
      ids = new int[pieces];
    }
    count = 0;
  }

  void add(int id) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, Math.addExact(count, count));
    }
    ids[count++] = id;
  }

  /// Merges `ids[0, count)` in place.
  void merge(MergeTable table) {
    if (count <= SHORT) {
      mergeShort(table);
    } else {
      mergeLong(table);
    }
  }

  private void mergeShort(MergeTable table) {
    for (int i = 0; i + 1 < count; i++) {
      rank(table, i);
    }
    while (count > 1) {
      int best = 0;
      for (int i = 1; i + 1 < count; i++) {
        if (ranks[i] < ranks[best]) {
          best = i;
        }
      }
      if (ranks[best] == MergeTable.NONE) {
        return;
      }
      replacePair(table, best);
    }
  }

  private void replacePair(MergeTable table, int at) {
    ids[at] = merged[at];
    int moved = count - at - 2;
    System.arraycopy(ids, at + 2, ids, at + 1, moved);
    System.arraycopy(ranks, at + 2, ranks, at + 1, moved);
    System.arraycopy(merged, at + 2, merged, at + 1, moved);
    count--;
    if (at + 1 < count) {
      rank(table, at);
    }
    if (at > 0) {
      rank(table, at - 1);
    }
  }

  private void rank(MergeTable table, int at) {
    long merge = table.find(ids[at], ids[at + 1]);
    ranks[at] = MergeTable.rank(merge);
    merged[at] = MergeTable.merged(merge);
  }

  private void mergeLong(MergeTable table) {
    link();
    var queue = new MergeQueue(table, ids, count);
    while (!queue.isEmpty()) {
      long top = queue.pop();
      int at = (int) top;
      if (ids[at] < 0 || next[at] == count) {
        continue;
      }
      int right = next[at];
      long merge = table.find(ids[at], ids[right]);
      if (MergeTable.rank(merge) != (int) (top >>> 32)) {
        continue; // a stale pair
      }
      ids[at] = MergeTable.merged(merge);
      ids[right] = -1;
      next[at] = next[right];
      if (next[at] < count) {
        previous[next[at]] = at;
        queue.push(table.find(ids[at], ids[next[at]]), at);
      }
      if (previous[at] >= 0) {
        queue.push(table.find(ids[previous[at]], ids[at]), previous[at]);
      }
    }
    close();
  }

  private void link() {
    if (next.length < count) {
      next = new int[count];
      previous = new int[count];
    }
    for (int i = 0; i < count; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
    }
  }

  private void close() {
    int kept = 0;
    for (int i = 0; i < count; i = next[i]) {
      ids[kept++] = ids[i];
    }
    count = kept;
  }
}

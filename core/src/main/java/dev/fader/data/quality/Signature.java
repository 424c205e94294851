package dev.fader.data.quality;

import java.util.Arrays;

/// What of a text is kept to find texts that resemble it: the smallest hash in each of 128 bins, of
/// the hashes of all runs of five words. The share of bins in which two texts agree is about their
/// resemblance: how many of the runs in either are in both (one-permutation MinHash, Li et al.
/// 2012; bins that stay empty take the next one's, Shrivastava and Li 2014).
final class Signature {
  static final int BINS = 128;

  /// Words in a run.
  static final int RUN = 5;

  private static final int BIN_BITS = 7;

  private final long[] smallest = new long[BINS];
  private final Runs runs = new Runs(RUN);

  Signature() {
    clear();
  }

  void clear() {
    Arrays.fill(smallest, Long.MAX_VALUE);
    runs.clear();
  }

  void word(long word) {
    if (runs.add(word)) {
      put(runs.hash());
    }
  }

  private void put(long hash) {
    int bin = (int) (hash >>> (Long.SIZE - BIN_BITS));
    long value = (hash << BIN_BITS) >>> BIN_BITS;
    smallest[bin] = Math.min(smallest[bin], value);
  }

  /// Sixteen bits of each bin: texts that do not resemble each other agree in one of 65,536.
  short[] bins() {
    if (runs.count() < RUN) {
      put(runs.hash());
    }
    var bins = new short[BINS];
    for (int bin = 0; bin < BINS; bin++) {
      int from = bin;
      long distance = 0;
      while (smallest[from] == Long.MAX_VALUE) {
        from = (from + 1) % BINS;
        distance++;
      }
      bins[bin] = (short) Words.mixed(smallest[from] + distance * 0x9e3779b97f4a7c15L);
    }
    return bins;
  }

  /// About how many of the runs in either text are in both.
  static double resemblance(short[] first, short[] second) {
    int equal = 0;
    for (int bin = 0; bin < BINS; bin++) {
      equal += first[bin] == second[bin] ? 1 : 0;
    }
    return (double) equal / BINS;
  }
}

package dev.fader.data.quality;

/// The last words of a text, as one hash for each run of so many.
final class Runs {
  private final long[] last;
  private long count;

  Runs(int words) {
    last = new long[words];
  }

  /// Takes the next word. Returns whether there is a run yet that ends with it.
  boolean add(long word) {
    last[(int) (count % last.length)] = word;
    count++;
    return count >= last.length;
  }

  /// The hash of the run that ends with the newest word, or of all words where there are fewer.
  long hash() {
    long hash = 0;
    long words = Math.min(count, last.length);
    for (long i = count - words; i < count; i++) {
      hash = hash * 0x9e3779b97f4a7c15L + last[(int) (i % last.length)];
    }
    return Words.mixed(hash);
  }

  long count() {
    return count;
  }

  void clear() {
    count = 0;
  }
}

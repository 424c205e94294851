package dev.fader.data.quality;

import dev.fader.data.Corpus;
import dev.fader.data.DataException;
import java.util.Arrays;
import java.util.Locale;

/// The passages of other texts, such as a benchmark or what a model is validated with: every run of
/// thirteen words, as a hash. A text that has one of them is not new to who has read those (as
/// GPT-3's authors looked for contamination, Brown et al. 2020, appendix C).
final class Passages {
  /// Words in a passage.
  static final int RUN = 13;

  /// A table of half a gigabyte: more is no benchmark.
  private static final int MOST = 1 << 25;

  private long[] table = new long[1 << 12];
  private int count;

  /// Those of all documents.
  ///
  /// @throws dev.fader.data.DataException if they cannot be read, or have more passages than are
  ///   kept
  static Passages of(Corpus corpus) {
    var passages = new Passages();
    var reader = new Reader(passages);
    corpus.forEachPiece((place, text, last) -> {
      reader.read(text);
      if (last) {
        reader.end();
        reader.runs.clear();
      }
    });
    return passages;
  }

  private static final class Reader extends Words {
    private final Passages passages;
    private final Runs runs = new Runs(RUN);

    Reader(Passages passages) {
      this.passages = passages;
    }

    @Override
    void word(long hash) {
      if (runs.add(hash)) {
        passages.add(runs.hash());
      }
    }
  }

  private void add(long hash) {
    if (2 * count >= table.length) {
      if (table.length >= 2 * MOST) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "the texts to compare with have more than %,d passages: compare with fewer",
                MOST));
      }
      var old = table;
      table = new long[2 * old.length];
      Arrays.stream(old).filter(kept -> kept != 0).forEach(kept -> table[slot(kept)] = kept);
    }
    long kept = hash == 0 ? 1 : hash;
    int slot = slot(kept);
    if (table[slot] == 0) {
      table[slot] = kept;
      count++;
    }
  }

  boolean contains(long hash) {
    return table[slot(hash == 0 ? 1 : hash)] != 0;
  }

  /// Where it is, or the empty place where it belongs.
  private int slot(long hash) {
    int slot = (int) hash & (table.length - 1);
    while (table[slot] != 0 && table[slot] != hash) {
      slot = (slot + 1) & (table.length - 1);
    }
    return slot;
  }
}

package dev.fader.tokenizer.training;

import dev.fader.tokenizer.model.ByteStrings;

/// The distinct words of a corpus as sequences of pieces, and the counts of adjacent pairs.
final class CorpusWords {
  private final long[] wordCounts;
  private final int[] starts; // word w lies in pieces[starts[w], starts[w] + lengths[w])
  private final int[] lengths;
  private final int[] pieces;
  private final PairCounts pairs = new PairCounts();

  CorpusWords(ByteStrings words, long[] wordCounts) {
    this.wordCounts = wordCounts;
    starts = new int[words.size()];
    lengths = new int[words.size()];
    pieces = new int[words.totalLength()];
    int end = 0;
    for (int word = 0; word < starts.length; word++) {
      starts[word] = end;
      byte[] bytes = words.get(word);
      lengths[word] = bytes.length;
      for (byte value : bytes) {
        pieces[end++] = value & 0xFF;
      }
      countPairs(word);
    }
    pairs.queueChanged();
  }

  private void countPairs(int word) {
    int end = starts[word] + lengths[word];
    for (int at = starts[word]; at + 1 < end; at++) {
      pairs.increase(pieces[at], pieces[at + 1], wordCounts[word], word);
    }
  }

  /// The most frequent pair seen at least `minimumCount` times, or [PairCounts#NONE].
  long mostFrequentPair(int minimumCount) {
    return pairs.mostFrequent(minimumCount);
  }

  /// Merges the pair in every word.
  void merge(long pair, int merged) {
    for (int word : pairs.takeWords(pair)) {
      mergeInWord(word, pair, merged);
    }
    pairs.finish(pair);
    pairs.queueChanged();
  }

  private void mergeInWord(int word, long pair, int merged) {
    int left = PairCounts.left(pair);
    int right = PairCounts.right(pair);
    long count = wordCounts[word];
    int start = starts[word];
    int end = start + lengths[word];
    int kept = start;
    for (int at = start; at < end; kept++) {
      if (at + 1 == end || pieces[at] != left || pieces[at + 1] != right) {
        pieces[kept] = pieces[at++];
        continue;
      }
      if (kept > start) {
        pairs.decrease(pieces[kept - 1], left, count);
        pairs.increase(pieces[kept - 1], merged, count, word);
      }
      if (at + 2 < end) {
        pairs.decrease(right, pieces[at + 2], count);
        pairs.increase(merged, pieces[at + 2], count, word);
      }
      pieces[kept] = merged;
      at += 2;
    }
    lengths[word] = kept - start;
  }
}

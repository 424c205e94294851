package dev.fader.tokenizer.training;

import dev.fader.tokenizer.model.ByteStrings;
import dev.fader.tokenizer.pattern.SplitPattern;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Learns the merges of byte-level BPE: repeatedly merges the most frequent pair of neighbours
/// (Sennrich et al. 2016, arXiv:1508.07909). Ties are broken by the smaller left id, then the
/// smaller right id, so the result is deterministic.
///
/// Words are counted once; a merge then touches only the words that contain its pair. The next pair
/// comes from a heap whose stale entries are corrected when they come up.
public final class BytePairTrainer {
  /// Longer words are counted in parts of this many bytes, which bounds the work of one word per
  /// merge. Binary data has such words, text does not.
  private static final int LONGEST_WORD = 1024;

  private final int vocabularySize;
  private final int minimumCount;
  private final ByteStrings words = new ByteStrings();
  private long[] wordCounts = new long[1 << 10];

  /// @param vocabularySize the largest vocabulary, including the 256 bytes and an end of text
  /// @param minimumCount pairs seen less often than this are not merged
  public BytePairTrainer(int vocabularySize, int minimumCount) {
    this.vocabularySize = vocabularySize;
    this.minimumCount = minimumCount;
  }

  /// Two pieces that merge, by id.
  public record Merge(int left, int right) {}

  /// Counts the words of one document.
  public void count(String document) {
    byte[] text = Utf8.bytes(document);
    int wordEnd;
    for (int at = 0; at < text.length; at = wordEnd) {
      wordEnd = Math.min(SplitPattern.CL100K.wordEnd(text, at, text.length), at + LONGEST_WORD);
      countWord(text, at, wordEnd);
    }
  }

  private void countWord(byte[] text, int from, int to) {
    int word = words.number(text, from, to);
    if (word == wordCounts.length) {
      wordCounts = Arrays.copyOf(wordCounts, 2 * word);
    }
    wordCounts[word]++;
  }

  /// The merges in order, until the vocabulary is full or no pair is frequent enough.
  public List<Merge> merges() {
    var corpus = new CorpusWords(words, wordCounts);
    var pieces = new ByteStrings();
    for (int value = 0; value < 256; value++) {
      pieces.number(new byte[] {(byte) value}, 0, 1);
    }
    var merges = new ArrayList<Merge>();
    while (pieces.size() + 1 < vocabularySize) {
      long pair = corpus.mostFrequentPair(minimumCount);
      if (pair == PairCounts.NONE) {
        break;
      }
      var merge = new Merge(PairCounts.left(pair), PairCounts.right(pair));
      merges.add(merge);
      byte[] joined = joined(pieces.get(merge.left), pieces.get(merge.right));
      // The same bytes may arise in two ways, as ab+c and a+bc: one piece, two merges.
      corpus.merge(pair, pieces.number(joined, 0, joined.length));
    }
    return merges;
  }

  private static byte[] joined(byte[] left, byte[] right) {
    byte[] joined = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, joined, left.length, right.length);
    return joined;
  }
}

package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;
import java.util.Arrays;
import java.util.BitSet;

/// The merges of SentencePiece's BPE, which has only scores: it merges the neighbours that form the
/// piece with the highest score, leftmost first. So every split of a piece into two pieces or
/// characters is a merge, and equal scores have equal ranks.
public final class ScoredMerges {
  /// Longer pieces, in bytes, are not merged; by default SentencePiece's own have at most 16
  /// characters.
  private static final int LONGEST_PIECE = 512;

  private final Vocabulary vocabulary;
  private final float[] scores;
  private final boolean[] merges; // by id: whether the piece results from merging
  private final BitSet whole;
  private final ByteStrings outOfVocabulary = new ByteStrings();
  private int[] found = new int[3 * 1024]; // left, right, merged
  private int size;

  private ScoredMerges(Vocabulary vocabulary, float[] scores, boolean[] merges, BitSet whole) {
    this.vocabulary = vocabulary;
    this.scores = scores;
    this.merges = merges;
    this.whole = whole;
  }

  /// Merges, and the characters that occur only in them.
  ///
  /// @param table the merges
  /// @param outOfVocabulary characters of pieces that are not pieces themselves
  public record Result(MergeTable table, BytePairSymbols.OutOfVocabulary outOfVocabulary) {}

  /// Finds all merges.
  ///
  /// @param merges for each id whether its piece results from merging
  /// @param whole ids of pieces that never merge with others
  public static Result of(Vocabulary vocabulary, float[] scores, boolean[] merges, BitSet whole) {
    return new ScoredMerges(vocabulary, scores, merges, whole).find();
  }

  private Result find() {
    for (int id = 0; id < vocabulary.size(); id++) {
      if (merges[id]) {
        cut(vocabulary.modelBytes(id), id);
      }
    }
    int[] ranks = ranks();
    var table = new MergeTable(size / 3);
    for (int i = 0; i < size; i += 3) {
      table.add(found[i], found[i + 1], found[i + 2], ranks[found[i + 2]]);
    }
    var unknown =
        outOfVocabulary.size() == 0
            ? BytePairSymbols.OutOfVocabulary.NONE
            : new BytePairSymbols.OutOfVocabulary(vocabulary.size(), outOfVocabulary);
    return new Result(table, unknown);
  }

  private void cut(byte[] piece, int id) {
    if (piece.length > LONGEST_PIECE) {
      return;
    }
    for (int at = 0; at < piece.length; ) {
      at += Utf8.length(piece, at);
      if (at >= piece.length) {
        break;
      }
      int left = half(piece, 0, at);
      int right = half(piece, at, piece.length);
      if (left >= 0 && right >= 0) {
        add(left, right, id);
      }
    }
  }

  /// The id of a piece or character, -1 if there is none.
  private int half(byte[] piece, int from, int to) {
    int id = vocabulary.modelId(piece, from, to);
    if (id >= 0) {
      return whole.get(id) ? -1 : id;
    }
    boolean isCharacter = from + Utf8.length(piece, from) == to;
    return isCharacter ? vocabulary.size() + outOfVocabulary.number(piece, from, to) : -1;
  }

  private void add(int left, int right, int merged) {
    if (size == found.length) {
      found = Arrays.copyOf(found, Math.multiplyExact(2, size));
    }
    found[size++] = left;
    found[size++] = right;
    found[size++] = merged;
  }

  /// By id, the number of distinct higher scores.
  private int[] ranks() {
    float[] sorted = scores.clone();
    Arrays.sort(sorted);
    int distinct = 0;
    for (int i = 0; i < sorted.length; i++) {
      if (i == 0 || sorted[i] != sorted[distinct - 1]) {
        sorted[distinct++] = sorted[i];
      }
    }
    var ranks = new int[scores.length];
    for (int id = 0; id < ranks.length; id++) {
      ranks[id] = distinct - 1 - Arrays.binarySearch(sorted, 0, distinct, scores[id]);
    }
    return ranks;
  }
}

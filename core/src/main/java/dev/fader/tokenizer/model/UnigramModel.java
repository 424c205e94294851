package dev.fader.tokenizer.model;

import dev.fader.tokenizer.pattern.Utf8;

/// The unigram language model (Kudo 2018, arXiv:1804.10959): the segmentation with the largest sum
/// of scores, by Viterbi's algorithm. Time is the word's length times the longest piece.
public final class UnigramModel implements PieceModel {
  /// The penalty of an unknown character below the lowest score.
  public static final double UNKNOWN_PENALTY = 10;

  private final PieceTrie trie;
  private final double[] scores; // by id
  private final Unknown unknown;
  private final boolean single;

  /// @param scores the log probability of each piece, by id
  /// @param unknown treatment of characters without a piece
  /// @param single whether sums are kept in single precision as in SentencePiece's library; double
  ///   precision breaks ties differently
  public UnigramModel(PieceTrie trie, double[] scores, Unknown unknown, boolean single) {
    this.trie = trie;
    this.scores = scores;
    this.unknown = unknown;
    this.single = single;
  }

  /// Treatment of characters without a piece.
  ///
  /// @param id the id for a run of unknown characters, -1 if there is none
  /// @param score of one of them
  /// @param bytes the pieces for their bytes
  public record Unknown(int id, double score, ByteFallback bytes) {}

  /// The best segmentation up to each position of a word.
  private static final class Paths {
    final double[] score;
    final int[] start; // where its last piece begins
    final int[] id; // its last piece, -1 for an unknown character

    Paths(int places) {
      score = new double[places];
      start = new int[places];
      id = new int[places];
      java.util.Arrays.fill(start, -1);
    }
  }

  @Override
  public void encode(Encoding encoding, int from, int to) {
    var paths = new Paths(to - from + 1);
    byte[] text = encoding.text;
    for (int at = from; at < to; at += Utf8.length(text, at)) {
      extend(text, paths, from, new int[] {at, to});
    }
    reverse(paths.start, to - from);
    int unknownFrom = -1;
    int next;
    for (int at = 0; at < to - from; at = next) {
      next = paths.start[at];
      if (paths.id[next] < 0 || paths.id[next] == unknown.id) {
        unknownFrom = unknownFrom < 0 ? from + at : unknownFrom;
        continue;
      }
      if (unknownFrom >= 0) {
        addUnknown(encoding, unknownFrom, from + at);
        unknownFrom = -1;
      }
      encoding.add(paths.id[next]);
    }
    if (unknownFrom >= 0) {
      addUnknown(encoding, unknownFrom, to);
    }
  }

  /// Converts the start of each piece on the best path to the end of the piece after it.
  private static void reverse(int[] start, int length) {
    int after = -1;
    for (int end = length; end >= 0; ) {
      int before = end == 0 ? -1 : start[end];
      start[end] = after;
      after = end;
      end = before;
    }
  }

  private void extend(byte[] text, Paths paths, int base, int[] range) {
    int at = range[0];
    double score = paths.score[at - base];
    int character = Utf8.length(text, at);
    boolean hasCharacter = false;
    int node = PieceTrie.ROOT;
    for (int end = at; end < range[1]; end++) {
      node = trie.child(node, text[end]);
      if (node == PieceTrie.NONE) {
        break;
      }
      int id = trie.id(node);
      if (id != PieceTrie.NONE) {
        offer(paths, new int[] {at - base, end + 1 - base, id}, score + scores[id]);
        hasCharacter |= end + 1 - at == character;
      }
    }
    if (!hasCharacter) {
      offer(paths, new int[] {at - base, at + character - base, -1}, score + unknown.score);
    }
  }

  private void offer(Paths paths, int[] piece, double sum) {
    double score = single ? (float) sum : sum;
    int end = piece[1];
    if (paths.start[end] < 0 || score > paths.score[end]) {
      paths.score[end] = score;
      paths.start[end] = piece[0];
      paths.id[end] = piece[2];
    }
  }

  /// Appends the ids for the unknown `text[from, to)`.
  private void addUnknown(Encoding encoding, int from, int to) {
    int whole =
        piece(encoding.text, from, to); // the unknown token may itself be spelled out in the text
    if (whole != PieceTrie.NONE) {
      encoding.add(whole);
      return;
    }
    if (unknown.bytes.hasAll(encoding.text, from, to)) {
      for (int at = from; at < to; at++) {
        encoding.add(unknown.bytes.id(encoding.text[at]));
      }
      return;
    }
    if (unknown.id < 0) {
      throw encoding.unknownCharacter(from);
    }
    encoding.add(unknown.id);
  }

  /// The id of the piece `text[from, to)`, or [PieceTrie#NONE].
  private int piece(byte[] text, int from, int to) {
    int node = PieceTrie.ROOT;
    for (int at = from; at < to && node != PieceTrie.NONE; at++) {
      node = trie.child(node, text[at]);
    }
    return node == PieceTrie.NONE ? PieceTrie.NONE : trie.id(node);
  }
}

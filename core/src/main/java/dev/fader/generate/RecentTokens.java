package dev.fader.generate;

import java.util.Arrays;

/// How often each token occurs among the last tokens of a text. It follows a text that grows or is
/// cut back by what has changed, not by counting again.
final class RecentTokens {
  private final int window; // -1 for all
  private int[] text = {}; // of which the tokens from `start` to `end` are counted
  private int start;
  private int end;
  private int[] counts = {}; // by id
  private int[] places = {}; // by id, in `distinct`
  private int[] distinct = {};
  private int kinds;

  RecentTokens(int window) {
    this.window = window;
  }

  /// Counts the last tokens of the first `length` of `history`, ids below `vocabulary`.
  void follow(int[] history, int length, int vocabulary) {
    grow(length, vocabulary);
    int from = window < 0 ? 0 : Math.max(0, length - window);
    int known = Math.min(end, length);
    int first = Math.min(Math.max(start, from), known);
    int differs = Arrays.mismatch(text, first, known, history, first, known);
    int common = differs < 0 ? known : first + differs;
    while (end > common) {
      end--;
      if (end >= start) {
        remove(text[end]);
      }
    }
    start = Math.min(start, end);
    while (start < Math.min(from, end)) {
      remove(text[start++]);
    }
    if (start == end) {
      start = from;
      end = from;
    }
    System.arraycopy(history, end, text, end, length - end);
    while (end < length) {
      add(text[end++]);
    }
    System.arraycopy(history, from, text, from, Math.max(0, start - from));
    while (start > from) {
      add(text[--start]);
    }
  }

  private void grow(int length, int vocabulary) {
    if (text.length < length) {
      text = Arrays.copyOf(text, Math.max(length, 2 * text.length));
    }
    if (counts.length < vocabulary) {
      counts = Arrays.copyOf(counts, vocabulary);
      places = Arrays.copyOf(places, vocabulary);
      distinct = Arrays.copyOf(distinct, vocabulary);
    }
  }

  private void add(int id) {
    if (counts[id]++ == 0) {
      places[id] = kinds;
      distinct[kinds++] = id;
    }
  }

  private void remove(int id) {
    if (--counts[id] == 0) {
      int last = distinct[--kinds];
      distinct[places[id]] = last;
      places[last] = places[id];
    }
  }

  /// The number of different tokens.
  int kinds() {
    return kinds;
  }

  /// One of them, in no order.
  int id(int kind) {
    return distinct[kind];
  }

  /// How often it occurs.
  int count(int id) {
    return counts[id];
  }
}

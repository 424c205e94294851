package dev.fader.evaluate.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How often each run of `n` words or characters stands in a text.
final class Ngrams {
  private final Map<String, Integer> counts = new HashMap<>();
  private int total;

  private Ngrams() {}

  /// Those of words, none of which has a space.
  static Ngrams ofWords(List<String> words, int n) {
    var ngrams = new Ngrams();
    for (int at = 0; at + n <= words.size(); at++) {
      ngrams.add(String.join(" ", words.subList(at, at + n)));
    }
    return ngrams;
  }

  /// Those of characters (code points).
  static Ngrams ofCharacters(int[] characters, int n) {
    var ngrams = new Ngrams();
    for (int at = 0; at + n <= characters.length; at++) {
      ngrams.add(new String(characters, at, n));
    }
    return ngrams;
  }

  private void add(String ngram) {
    counts.merge(ngram, 1, Integer::sum);
    total++;
  }

  /// How many there are, repeated ones counted each time.
  int total() {
    return total;
  }

  /// How many are in both: of one that is there several times, the smaller number of times.
  int common(Ngrams other) {
    int common = 0;
    for (var entry : counts.entrySet()) {
      common += Math.min(entry.getValue(), other.counts.getOrDefault(entry.getKey(), 0));
    }
    return common;
  }

  /// Each as often as it is here or in `other`, whichever is more.
  Ngrams orMore(Ngrams other) {
    var more = new Ngrams();
    more.counts.putAll(counts);
    other.counts.forEach((ngram, count) -> more.counts.merge(ngram, count, Math::max));
    more.total = more.counts.values().stream().mapToInt(count -> count).sum();
    return more;
  }
}

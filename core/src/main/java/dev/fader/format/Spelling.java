package dev.fader.format;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.function.ToIntFunction;

/// Edit distances between names, for "did you mean" suggestions.
public final class Spelling {
  private static final int PROPOSALS = 3;

  /// The margin over the smallest distance up to which a name is suggested too.
  private static final int SLACK = 1;

  private Spelling() {}

  /// The most similar of `names`, at most three, none much less similar than the first.
  ///
  /// @param distance of each name from the input
  public static List<String> nearest(Collection<String> names, ToIntFunction<String> distance) {
    var distances = new HashMap<String, Integer>();
    names.forEach(name -> distances.put(name, distance.applyAsInt(name)));
    int least = distances.values().stream().mapToInt(Integer::intValue).min().orElse(0);
    return names.stream()
        .filter(name -> distances.getOrDefault(name, 0) <= least + SLACK)
        .sorted(Comparator.comparingInt(name -> distances.getOrDefault(name, 0)))
        .limit(PROPOSALS)
        .toList();
  }

  /// Levenshtein distance (1966). Only the beginning of a long name counts.
  public static int edits(String a, String b) {
    var from = a.substring(0, Math.min(a.length(), 64));
    var previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      var row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (from.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(previous[j], row[j - 1]));
      }
      previous = row;
    }
    return previous[b.length()];
  }
}

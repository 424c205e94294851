package dev.fader.inspect;

/// How far apart names are, to propose the one that was meant.
public final class Spelling {
  private Spelling() {}

  /// Insertions, deletions and replacements that make one of the other (Levenshtein 1966). Of a
  /// long name only the beginning counts.
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

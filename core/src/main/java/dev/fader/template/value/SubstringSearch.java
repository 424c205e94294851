package dev.fader.template.value;

/// Searches for one text in others in linear time (Knuth, Morris and Pratt 1977), as both may be
/// long and come from a template. One instance searches in one direction only.
public final class SubstringSearch {
  /// Pattern length up to which the naive search is as fast.
  private static final int SHORT = 8;

  private final String sought;
  private int[] borders = {}; // length of the longest prefix that is also a suffix here

  public SubstringSearch(String sought) {
    this.sought = sought;
  }

  /// The first occurrence at or after `from`, or -1.
  public int first(String text, int from) {
    return sought.length() <= SHORT
        ? text.indexOf(sought, from)
        : scan(text, Math.min(from, text.length()), text.length(), false);
  }

  /// The last occurrence that ends at or before `to`, or -1.
  public int last(String text, int to) {
    if (to < sought.length()) {
      return -1;
    }
    return sought.length() <= SHORT
        ? text.lastIndexOf(sought, to - sought.length())
        : scan(text, 0, to, true);
  }

  /// Searches from `from` up, or from `to` down with both texts reversed.
  private int scan(String text, int from, int to, boolean backwards) {
    int length = sought.length();
    if (to - from < length) {
      return -1;
    }
    if (borders.length == 0) {
      borders = borders(backwards);
    }
    int same = 0;
    for (int i = 0; i < to - from; i++) {
      char c = text.charAt(backwards ? to - 1 - i : from + i);
      while (same > 0 && c != at(same, backwards)) {
        same = borders[same - 1];
      }
      if (c == at(same, backwards) && ++same == length) {
        return backwards ? to - 1 - i : from + i + 1 - length;
      }
    }
    return -1;
  }

  private int[] borders(boolean backwards) {
    var found = new int[sought.length()];
    int same = 0;
    for (int i = 1; i < found.length; i++) {
      while (same > 0 && at(i, backwards) != at(same, backwards)) {
        same = found[same - 1];
      }
      if (at(i, backwards) == at(same, backwards)) {
        same++;
      }
      found[i] = same;
    }
    return found;
  }

  private char at(int place, boolean backwards) {
    return sought.charAt(backwards ? sought.length() - 1 - place : place);
  }
}

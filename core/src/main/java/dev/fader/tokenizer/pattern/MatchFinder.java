package dev.fader.tokenizer.pattern;

/// Finds the matches of a [TextPattern] in consecutive parts of one text. Not safe for use by
/// several threads.
public abstract sealed class MatchFinder
    permits MatchFinder.Scanner, MatchFinder.OneOf, MatchFinder.Literal, RegexSearch {
  byte[] text = {};
  int to;
  int matchStart;
  int matchEnd;

  /// Starts at `text[from, to)`, in UTF-8; the text around it is not seen.
  public void start(byte[] stretch, int from, int end) {
    text = stretch;
    matchEnd = from;
    to = end;
  }

  /// Advances to the next match, if there is one.
  public abstract boolean next();

  /// The start of the match.
  public final int matchStart() {
    return matchStart;
  }

  /// The end of the match, which may be empty.
  public final int matchEnd() {
    return matchEnd;
  }

  /// Matches of a [SplitPattern].
  static final class Scanner extends MatchFinder {
    private final SplitPattern pattern;

    Scanner(SplitPattern pattern) {
      this.pattern = pattern;
    }

    @Override
    public boolean next() {
      if (matchEnd == to) {
        return false;
      }
      matchStart = matchEnd;
      matchEnd = pattern.wordEnd(text, matchStart, to);
      return true;
    }
  }

  /// Each code point of a set.
  static final class OneOf extends MatchFinder {
    private final CodePointSet set;

    OneOf(CodePointSet set) {
      this.set = set;
    }

    @Override
    public boolean next() {
      int at = matchEnd;
      while (at < to) {
        int end = at + Utf8.length(text, at);
        if (set.contains(Utf8.codePoint(text, at))) {
          matchStart = at;
          matchEnd = end;
          return true;
        }
        at = end;
      }
      return false;
    }
  }

  /// Occurrences of one text in another (Knuth, Morris and Pratt 1977).
  static final class Literal extends MatchFinder {
    private final byte[] wanted;
    private final int[] borders; // the longest proper border of wanted[0, i]

    Literal(byte[] wanted) {
      this.wanted = wanted;
      borders = new int[wanted.length];
      int border = 0;
      for (int i = 1; i < wanted.length; i++) {
        while (border > 0 && wanted[i] != wanted[border]) {
          border = borders[border - 1];
        }
        border += wanted[i] == wanted[border] ? 1 : 0;
        borders[i] = border;
      }
    }

    @Override
    public boolean next() {
      int known = 0;
      for (int at = matchEnd; at < to; at++) {
        while (known > 0 && text[at] != wanted[known]) {
          known = borders[known - 1];
        }
        known += text[at] == wanted[known] ? 1 : 0;
        if (known == wanted.length) {
          matchEnd = at + 1;
          matchStart = matchEnd - known;
          return true;
        }
      }
      return false;
    }
  }
}

package dev.fader.tokenizer.pattern;

/// Finds each code point of a set.
final class SetSearch implements MatchFinder {
  private final CodePointSet set;
  private byte[] text = {};
  private int to;
  private int matchStart;
  private int matchEnd;

  SetSearch(CodePointSet set) {
    this.set = set;
  }

  @Override
  public void start(byte[] stretch, int from, int end) {
    text = stretch;
    matchEnd = from;
    to = end;
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

  @Override
  public int matchStart() {
    return matchStart;
  }

  @Override
  public int matchEnd() {
    return matchEnd;
  }
}

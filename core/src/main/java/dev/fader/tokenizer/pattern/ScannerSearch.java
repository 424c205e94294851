package dev.fader.tokenizer.pattern;

/// Follows a [SplitPattern].
final class ScannerSearch implements MatchFinder {
  private final SplitPattern pattern;
  private byte[] text = {};
  private int to;
  private int matchStart;
  private int matchEnd;

  ScannerSearch(SplitPattern pattern) {
    this.pattern = pattern;
  }

  @Override
  public void start(byte[] stretch, int from, int end) {
    text = stretch;
    matchEnd = from;
    to = end;
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

  @Override
  public int matchStart() {
    return matchStart;
  }

  @Override
  public int matchEnd() {
    return matchEnd;
  }
}

package dev.fader.tokenizer.pattern;

/// Finds one text in another (Knuth, Morris and Pratt 1977).
final class LiteralSearch implements MatchFinder {
  private final byte[] wanted;
  private final int[] borders; // the longest proper border of wanted[0, i]
  private byte[] text = {};
  private int to;
  private int matchStart;
  private int matchEnd;

  LiteralSearch(byte[] wanted) {
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
  public void start(byte[] stretch, int from, int end) {
    text = stretch;
    matchEnd = from;
    to = end;
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

  @Override
  public int matchStart() {
    return matchStart;
  }

  @Override
  public int matchEnd() {
    return matchEnd;
  }
}

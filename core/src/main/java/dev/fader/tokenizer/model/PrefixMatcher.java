package dev.fader.tokenizer.model;

/// The user-defined symbols of SentencePiece, which are never normalized or split: the longest
/// match at every position.
public final class PrefixMatcher {
  public static final PrefixMatcher NONE = new PrefixMatcher();

  private final PieceTrie trie = new PieceTrie();
  private final boolean[] begins = new boolean[256];

  /// Adds a symbol that is not empty. Only while the matcher is being built.
  public void add(byte[] symbol, int id) {
    trie.add(symbol, id);
    begins[symbol[0] & 0xFF] = true;
  }

  /// The end of the longest symbol that begins at `at` of `text[…, to)`, or `at`.
  public int end(byte[] text, int at, int to) {
    int end = at;
    int node = begins[text[at] & 0xFF] ? PieceTrie.ROOT : PieceTrie.NONE;
    for (int i = at; i < to && node != PieceTrie.NONE; i++) {
      node = trie.child(node, text[i]);
      if (node != PieceTrie.NONE && trie.id(node) != PieceTrie.NONE) {
        end = i + 1;
      }
    }
    return end;
  }
}

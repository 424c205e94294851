package dev.fader.tokenizer.pattern;

/// Finds the matches of a [TextPattern] in stretches of one text, which come in its order. Owned by
/// one caller, for one text.
public sealed interface MatchFinder permits LiteralSearch, RegexSearch, ScannerSearch, SetSearch {
  /// Begins with `text[from, to)`, in UTF-8; what lies around it is not seen.
  void start(byte[] text, int from, int to);

  /// Goes to the next match, if there is one.
  boolean next();

  /// Where the match begins.
  int matchStart();

  /// Where the match ends; an empty one ends where it begins.
  int matchEnd();
}

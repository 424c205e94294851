package dev.fader.grammar;

/// The work that a text may cost its grammar, in positions of the automaton that are visited. Other
/// texts wait for it, so that a stranger's grammar must neither take long at one token nor a little
/// less at all of them.
///
/// Grammars and schemas that people write took at most 130,000 positions for a mask (an object of
/// 500 optional properties), and 8,000 a token after that (strings of a counted length), with the
/// 151,000 tokens of Qwen's vocabulary. A position took 10 to 50 ns on an EPYC of 2025: what is
/// allowed is 10 to 50 ms for one token, and 1 to 5 ms for each of many and for a draft.
final class GrammarWork {
  private static final int MOST_OF_STEP = 1_000_000;
  private static final long EACH_TOKEN = 100_000;
  private static final long MOST_SAVED = 4_000_000;

  private long left = MOST_SAVED;
  private int step; // since the last token: its mask, and that it is accepted

  /// The work that a draft of the text may cost, besides: what each of many tokens may, so that
  /// whether a text is refused is not for drafts to say, and drafts are no way to more work.
  GrammarWork ofDraft() {
    var draft = new GrammarWork();
    draft.left = Math.min(EACH_TOKEN, left);
    return draft;
  }

  /// Notes that the text went on by a token, which saves work for later ones.
  void nextToken() {
    step = 0;
    left = Math.min(MOST_SAVED, left + EACH_TOKEN);
  }

  /// Notes work before it is done.
  ///
  /// @throws GrammarException if it is too much
  void add(int positions) {
    step += positions;
    left -= positions;
    if (step > MOST_OF_STEP) {
      throw tooAmbiguous();
    }
    if (left < 0) {
      throw new GrammarException(
          "the grammar takes too much work for each token: repeat less, or let its alternatives"
              + " begin differently");
    }
  }

  static GrammarException tooAmbiguous() {
    return new GrammarException(
        "the grammar is too ambiguous: the text can be meant in too many ways; let its alternatives"
            + " begin differently");
  }
}

package dev.fader.grammar;

import dev.fader.grammar.PushdownAutomaton.State;
import java.util.List;

/// Matches one text against a grammar, token by token. Tokens may begin and end within characters.
/// Not safe for use by several threads.
public final class GrammarMatcher {
  /// Cached masks: a few megabytes for a large vocabulary.
  private static final int MOST_MASKS = 256;

  private final Grammar grammar;
  private final TokenPieces pieces;
  private final int[] ends;
  private final GrammarWork work;
  private PushdownAutomaton automaton;
  private State state;
  private int masks;

  /// A matcher before the first token.
  ///
  /// @param ends ids that end a text: allowed where the grammar accepts
  public GrammarMatcher(Grammar grammar, TokenPieces pieces, List<Integer> ends) {
    this.grammar = grammar;
    this.pieces = pieces;
    this.work = new GrammarWork();
    this.ends = ends.stream().mapToInt(id -> id).toArray();
    this.automaton = new PushdownAutomaton(grammar, work);
    this.state = automaton.start();
  }

  private GrammarMatcher(GrammarMatcher other) {
    this.grammar = other.grammar;
    this.pieces = other.pieces;
    this.work = other.work.ofDraft();
    this.ends = other.ends;
    this.automaton = other.automaton;
    this.state = other.state;
    this.masks = other.masks;
  }

  /// A matcher of a draft of the text from here on, which leaves this one where it is. Both belong
  /// to one thread, because they share what they have found out about the grammar. What the draft
  /// costs is not the text's work; there is less of it, and the draft ends where it is spent.
  public GrammarMatcher fork() {
    return new GrammarMatcher(this);
  }

  /// Whether the text may end here.
  public boolean canEnd() {
    return state.canEnd();
  }

  /// Whether the text is complete and nothing may follow.
  public boolean isComplete() {
    return state.mustEnd();
  }

  /// Sets the logits of the tokens that cannot come next to minus infinity.
  ///
  /// @param logits (vocabulary)
  /// @throws GrammarException if none is left, or the grammar is too ambiguous, or takes too much
  ///   work
  public void mask(float[] logits) {
    long[] mask = mask();
    boolean any = false;
    for (int id = 0; id < logits.length; id++) {
      if (id >= pieces.vocabulary() || ((mask[id >> 6] >>> id) & 1) == 0) {
        logits[id] = Float.NEGATIVE_INFINITY;
      } else {
        any = true;
      }
    }
    if (!any) {
      throw new GrammarException(
          "no token of this vocabulary can go on as the grammar asks: the model cannot write it");
    }
  }

  /// Whether `id` may come next.
  public boolean allows(int id) {
    return id >= 0 && id < pieces.vocabulary() && ((mask()[id >> 6] >>> id) & 1) != 0;
  }

  /// Advances by a token that does not end the text.
  ///
  /// @throws IllegalArgumentException if the grammar does not allow it
  /// @throws GrammarException if it is too ambiguous, or takes too much work
  public void accept(int id) {
    forgetIfLarge();
    var reached = after(id);
    if (reached.isStuck()) {
      throw new IllegalArgumentException("the grammar does not allow token %d here".formatted(id));
    }
    state = reached;
    work.nextToken();
  }

  /// Advances by a token that does not end the text, if the grammar allows it; otherwise stays.
  public boolean acceptIfAllowed(int id) {
    forgetIfLarge();
    var reached = after(id);
    state = reached.isStuck() ? state : reached;
    return !reached.isStuck();
  }

  /// Whether these bytes, at least one, may come next.
  boolean takes(byte[] piece) {
    return !after(piece).isStuck();
  }

  /// Where a grammar names a token, it is no text. What it does not allow is stuck.
  private State after(int id) {
    if (pieces.isNamed(id)) {
      var named = after(TokenReference.bytes(id));
      if (!named.isStuck()) {
        return named;
      }
    }
    return after(pieces.bytes(id));
  }

  private State after(byte[] piece) {
    automaton.chargeTo(work);
    var reached = piece.length == 0 ? automaton.stuck() : state;
    for (int i = 0; i < piece.length && !reached.isStuck(); i++) {
      reached = reached.next(grammar.byteClass(piece[i]));
    }
    return reached;
  }

  private void forgetIfLarge() {
    if (automaton.isLarge() || masks >= MOST_MASKS) {
      var fresh = new PushdownAutomaton(grammar, work);
      state = fresh.restarted(automaton, state);
      automaton = fresh;
      masks = 0;
    }
  }

  private long[] mask() {
    if (state.mask.length == 0) {
      forgetIfLarge();
      automaton.chargeTo(work);
      masks++;
      state.mask = newMask();
    }
    return state.mask;
  }

  /// Walks the sorted pieces: the prefix that a piece shares with the previous one is not matched
  /// again, and pieces with a rejected prefix are skipped.
  private long[] newMask() {
    var mask = new long[(pieces.vocabulary() + 63) / 64 + 1];
    var path = new State[pieces.longestPiece() + 1]; // after so many bytes of the piece
    path[0] = state;
    var rests = pieces.rests();
    int read = 0; // bytes of the last piece that were matched
    int at = 0; // in the rests
    for (int rank = 0; rank < pieces.count(); rank++) {
      int shared = pieces.shared(rank);
      int end = pieces.restEnd(rank);
      if (shared > read) { // it begins with what was rejected
        at = end;
        continue;
      }
      read = shared;
      var reached = path[read];
      while (at < end && !reached.isStuck()) {
        reached = reached.next(grammar.byteClass(rests[at++]));
        if (!reached.isStuck()) {
          path[++read] = reached;
        }
      }
      if (!reached.isStuck()) {
        set(mask, pieces.id(rank));
      }
      at = end;
    }
    for (int end : ends) {
      if (end < pieces.vocabulary()) {
        mask[end >> 6] &= ~(1L << end);
        if (state.canEnd()) {
          set(mask, end);
        }
      }
    }
    return mask;
  }

  private static void set(long[] mask, int id) {
    mask[id >> 6] |= 1L << id;
  }
}

package dev.fader.grammar;

import dev.fader.grammar.PushdownAutomaton.State;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Matches one text against a grammar, token by token. Tokens may begin and end within characters.
/// Not safe for use by several threads.
public final class GrammarMatcher {
  /// Cached masks: a few megabytes for a large vocabulary.
  private static final int MOST_MASKS = 256;

  private final Grammar grammar;
  private final TokenPieces pieces;
  private final int[] ends;
  private PushdownAutomaton automaton;
  private State state;
  private int masks;

  /// A matcher before the first token.
  ///
  /// @param ends ids that end a text: allowed where the grammar accepts
  public GrammarMatcher(Grammar grammar, TokenPieces pieces, List<Integer> ends) {
    this.grammar = grammar;
    this.pieces = pieces;
    this.ends = ends.stream().mapToInt(id -> id).toArray();
    this.automaton = new PushdownAutomaton(grammar);
    this.state = automaton.start();
  }

  private GrammarMatcher(GrammarMatcher other) {
    this.grammar = other.grammar;
    this.pieces = other.pieces;
    this.ends = other.ends;
    this.automaton = other.automaton;
    this.state = other.state;
    this.masks = other.masks;
  }

  /// A matcher of the same text from here on, which leaves this one where it is. Both belong to one
  /// thread, because they share what they have found out about the grammar.
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
  /// @throws GrammarException if none is left, or the grammar is too ambiguous
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
  public void accept(int id) {
    forgetIfLarge();
    state =
        after(id)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "the grammar does not allow token %d here".formatted(id)));
  }

  /// Advances by a token that does not end the text, if the grammar allows it; otherwise stays.
  public boolean acceptIfAllowed(int id) {
    forgetIfLarge();
    var reached = after(id);
    state = reached.orElse(state);
    return reached.isPresent();
  }

  /// Whether these bytes, at least one, may come next.
  boolean takes(byte[] piece) {
    return after(piece).isPresent();
  }

  /// Where a grammar names a token, it is no text.
  private Optional<State> after(int id) {
    var named = pieces.isNamed(id) ? after(TokenReference.bytes(id)) : Optional.<State>empty();
    return named.isPresent() ? named : after(pieces.bytes(id));
  }

  private Optional<State> after(byte[] piece) {
    automaton.beginWork();
    var reached = state;
    for (byte value : piece) {
      var next = reached.next(grammar.byteClass(value));
      if (next.isEmpty()) {
        return next;
      }
      reached = next.get();
    }
    return piece.length == 0 ? Optional.empty() : Optional.of(reached);
  }

  private void forgetIfLarge() {
    if (automaton.isLarge() || masks >= MOST_MASKS) {
      var fresh = new PushdownAutomaton(grammar);
      state = fresh.restarted(automaton, state);
      automaton = fresh;
      masks = 0;
    }
  }

  private long[] mask() {
    if (state.mask.length == 0) {
      forgetIfLarge();
      automaton.beginWork();
      masks++;
      state.mask = newMask();
    }
    return state.mask;
  }

  /// Walks the sorted pieces: the prefix that a piece shares with the previous one is not matched
  /// again, and pieces with a rejected prefix are skipped.
  private long[] newMask() {
    var mask = new long[(pieces.vocabulary() + 63) / 64 + 1];
    var path = new State[] {state}; // after so many bytes of the piece
    int read = 0;
    boolean stuck = false; // after the bytes matched so far
    for (int rank = 0; rank < pieces.count(); rank++) {
      int shared = pieces.shared(rank);
      if (stuck && shared > read) {
        continue;
      }
      var piece = pieces.piece(rank);
      if (path.length <= piece.length) {
        path = Arrays.copyOf(path, Math.max(piece.length + 1, 2 * path.length));
      }
      read = Math.min(read, shared);
      stuck = false;
      while (read < piece.length && !stuck) {
        var next = path[read].next(grammar.byteClass(piece[read]));
        stuck = next.isEmpty();
        if (!stuck) {
          path[++read] = next.get();
        }
      }
      if (!stuck) {
        set(mask, pieces.id(rank));
      }
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

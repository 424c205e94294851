package dev.fader.generate;

import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntPredicate;

/// Tokens that a session is about to read, and what is wanted of them. Passes take them in one or
/// several parts.
final class Reading {
  /// What is handed on of a position.
  private enum Output {
    NOTHING,
    LAST_LOGITS,
    LOGITS,
    STATES
  }

  private final Session session;
  private final List<Reading> alone = List.of(this);
  private final Output output;
  private final IntPredicate wanted;
  private final Session.RowReader reader;
  private final int[] tokens;
  private int count; // of tokens
  private int lead; // virtual tokens that are to be read before them
  private int done; // of both
  private int rows; // in the coming pass
  private boolean longFactors;
  private boolean reusesRow;
  private float[][] target = {};
  private int targetFirst; // position of target[0]
  private float[] row = {};

  private Reading(
      Session session, Output output, IntPredicate wanted, Session.RowReader reader, int[] tokens) {
    this.session = session;
    this.output = output;
    this.wanted = wanted;
    this.reader = reader;
    this.tokens = tokens;
    this.count = tokens.length;
  }

  /// Tokens of which nothing is wanted.
  static Reading ofNothing(Session session, int[] tokens) {
    return new Reading(session, Output.NOTHING, position -> false, (position, row) -> {}, tokens);
  }

  /// Tokens of which the logits after the last are wanted.
  static Reading ofLast(Session session, Session.RowReader reader, int[] tokens) {
    return new Reading(session, Output.LAST_LOGITS, position -> false, reader, tokens);
  }

  /// Tokens of which logits are wanted.
  static Reading ofLogits(
      Session session, IntPredicate wanted, Session.RowReader reader, int[] tokens) {
    return new Reading(session, Output.LOGITS, wanted, reader, tokens);
  }

  /// Tokens of which hidden states are wanted.
  static Reading ofStates(
      Session session, IntPredicate wanted, Session.RowReader reader, int[] tokens) {
    return new Reading(session, Output.STATES, wanted, reader, tokens);
  }

  /// One that hands on the same array each time, and reads `tokens` again after each [#restart].
  Reading reusingRow() {
    reusesRow = true;
    return this;
  }

  /// One that fills `target`, by position from `first` on, in place of arrays of its own.
  Reading into(float[][] target, int first) {
    this.target = target;
    this.targetFirst = first;
    return this;
  }

  /// Begins anew, with the first `count` tokens that stand in the array now.
  void restart(int count) {
    this.count = count;
    lead = 0;
    done = 0;
  }

  Session session() {
    return session;
  }

  /// This one in a list.
  List<Reading> alone() {
    return alone;
  }

  /// Tokens that are to be read, virtual ones included.
  int count() {
    return lead + count;
  }

  /// @throws ContextFullException if the tokens do not fit
  /// @throws IllegalArgumentException if there are none or one is outside the vocabulary
  /// @throws IllegalStateException if the session is closed
  void check() {
    if (done > 0) {
      throw new IllegalStateException(
          "these tokens were read already, or the session went on alone: clear the batch and add"
              + " what comes next");
    }
    session.check(tokens, count);
  }

  /// Puts the virtual tokens before the others that the session has not read yet.
  void lead() {
    lead = Math.max(0, session.virtualTokens() - session.cache().length());
  }

  /// Looks where adapters are invoked in what the session will have read.
  void invoke() {
    var invocations = session.invocations();
    if (invocations.waits()) {
      int known = session.cache().length();
      invocations.look(this::token, known, known + count(), target.length > 0);
    }
  }

  /// A token of the cache, or of those that will be read behind it; -1 for a virtual one.
  private int token(int index) {
    int coming = index - session.cache().length();
    if (coming < 0) {
      return session.cache().token(index);
    }
    return coming < lead ? -1 : tokens[coming - lead];
  }

  /// Whether the token at a position of the cache uses an adapter.
  boolean invokes(int number, int position) {
    return session.invocations().isInvoked(number, position);
  }

  boolean hasLongFactors() {
    return longFactors;
  }

  void longFactors(boolean whether) {
    longFactors = whether;
  }

  /// The tokens that the next pass may take: up to the next multiple of a block, so that a prompt
  /// is cut in the same places wherever its beginning came from.
  int nextRows() {
    int left = count() - done;
    return left <= SessionPool.FEW
        ? left
        : Math.min(left, SessionPool.BLOCK - session.cache().length() % SessionPool.BLOCK);
  }

  int rows() {
    return rows;
  }

  void rows(int inNextPass) {
    rows = inNextPass;
  }

  /// Token `row` of the coming pass.
  int nextToken(int row) {
    int index = done + row - lead;
    return index < 0 ? session.virtualEnd() + index : tokens[index];
  }

  /// Whether something is wanted of `position`, which is one of the coming pass.
  boolean wants(int position) {
    return switch (output) {
      case NOTHING -> false;
      case LAST_LOGITS -> position == session.nextPosition() + count() - done - 1;
      case LOGITS, STATES -> position >= 0 && wanted.test(position);
    };
  }

  boolean wantsStates() {
    return output == Output.STATES;
  }

  /// Notes that the rows of a pass were read.
  void note() {
    boolean many = rows > SessionPool.FEW;
    int virtual = Math.clamp(lead - done, 0, rows);
    if (virtual > 0) {
      var ids = new int[virtual];
      for (int i = 0; i < virtual; i++) {
        ids[i] = nextToken(i);
      }
      session.cache().append(ids, 0, virtual, many, longFactors);
    }
    int first = Math.max(0, done - lead);
    session.cache().append(tokens, first, rows - virtual, many, longFactors);
    done += rows;
  }

  /// Hands on row `index` of `from`.
  void accept(int position, Tensor from, int index) {
    int length = from.shape().size(1);
    row = rowFor(position, length);
    MemorySegment.copy(from.segment(), ValueLayout.JAVA_FLOAT, 4L * index * length, row, 0, length);
    reader.read(position, row);
  }

  private float[] rowFor(int position, int length) {
    if (target.length == 0) {
      return reusesRow && row.length == length ? row : new float[length];
    }
    int at = position - targetFirst;
    if (target[at].length != length) {
      target[at] = new float[length];
    }
    return target[at];
  }
}

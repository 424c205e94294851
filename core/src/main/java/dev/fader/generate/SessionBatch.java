package dev.fader.generate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;

/// Tokens of several sessions of one [SessionPool], to be read together: whole prompts of some,
/// single tokens of others; then [Session#logits] has the logits after the last token of each. Made
/// once and filled anew for each step. Owned by one caller.
public final class SessionBatch {
  private final List<Reading> readings = new ArrayList<>();
  private final List<Reading> unmodifiable = Collections.unmodifiableList(readings);

  /// A batch with nothing to read.
  public SessionBatch() {}

  /// Leaves nothing to read.
  public void clear() {
    readings.clear();
  }

  /// Adds tokens that `session` is to read. Each session may be here once.
  ///
  /// @throws IllegalArgumentException if the session is here already, or there are no tokens
  public void add(Session session, int... tokens) {
    requireNew(session);
    if (tokens.length == 0) {
      throw new IllegalArgumentException("there are no tokens to read");
    }
    readings.add(session.reading(tokens.clone()));
  }

  /// Adds tokens of which the logits (vocabulary) at the requested positions are handed on, as
  /// [Session#read(int[], IntPredicate, Session.RowReader)] does.
  ///
  /// @throws IllegalArgumentException if the session is here already, or there are no tokens
  public void add(Session session, int[] tokens, IntPredicate wanted, Session.RowReader reader) {
    requireNew(session);
    if (tokens.length == 0) {
      throw new IllegalArgumentException("there are no tokens to read");
    }
    readings.add(Reading.ofLogits(session, wanted, reader, tokens.clone()));
  }

  /// Adds one token, without an allocation.
  ///
  /// @throws IllegalArgumentException if the session is here already
  public void add(Session session, int token) {
    requireNew(session);
    readings.add(session.reading(token));
  }

  /// Adds the first `count` tokens, up to 16, of which the logits after each go into `rows`, as
  /// [Session#readInto] says.
  void addFew(Session session, float[][] rows, int[] tokens, int count) {
    requireNew(session);
    readings.add(session.reading(rows, tokens, count));
  }

  private void requireNew(Session session) {
    for (int i = 0; i < readings.size(); i++) {
      if (readings.get(i).session() == session) {
        throw new IllegalArgumentException(
            "a session reads once in a batch: this one is there as number %d".formatted(i));
      }
    }
  }

  /// How many sessions are here.
  public int size() {
    return readings.size();
  }

  List<Reading> readings() {
    return unmodifiable;
  }
}

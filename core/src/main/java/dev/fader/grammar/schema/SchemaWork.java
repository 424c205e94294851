package dev.fader.grammar.schema;

/// The work that a schema may cost, whoever sent it: states and transitions of automata, positions
/// in patterns, schemas that are combined, values that are judged, and rules that are written. It
/// is counted and not timed, so that whether a schema is refused does not depend on the machine or
/// on who else is busy.
///
/// A schema of seven members with formats, patterns and lengths took 600,000 units. How long what
/// is refused takes is in docs/performance.md.
final class SchemaWork {
  static final long MOST = 10_000_000;

  private long spent;

  /// Notes work before it is done. Returns whether it is not too much; what is too much is not
  /// done, and counts no further than the limit.
  boolean spend(long units) {
    boolean enough = units <= MOST - spent;
    spent = enough ? spent + units : MOST;
    return enough;
  }

  long spent() {
    return spent;
  }
}

package dev.fader.grammar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A grammar as a pushdown automaton. A stack is a linked list of return positions; equal stacks
/// are one node, so that a state, the set of all stacks after some text, is a set of integers and
/// is computed once. A tail call pushes nothing.
///
/// Its size is bounded; a grammar that needs more is refused.
final class PushdownAutomaton {
  /// The empty stack.
  private static final int BOTTOM = 0;

  /// The most parses of an ambiguous text at once.
  private static final int MOST_STACKS = 20_000;

  private static final int MOST_NODES = 1 << 21;
  private static final int MOST_STATES = 1 << 16;

  /// Positions visited for one token: a few seconds of work.
  private static final long MOST_WORK = 100_000_000;

  private final Grammar grammar;
  private final GraphStructuredStack nodes = new GraphStructuredStack(MOST_NODES);
  private final Map<Stacks, State> states = new HashMap<>();
  private int[] work = new int[64];
  private int workSize;
  private int[] tops = new int[64];
  private int topsSize;
  private long workDone;
  private int needed; // nodes that existed at the start

  PushdownAutomaton(Grammar grammar) {
    this.grammar = grammar;
  }

  /// Stacks whose next symbol is a byte set, ascending.
  private static final class Stacks {
    final int[] tops;

    Stacks(int[] tops) {
      this.tops = tops;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Stacks stacks && Arrays.equals(tops, stacks.tops);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tops);
    }
  }

  /// The state after some text.
  final class State {
    private final int[] tops;
    private State[] nexts = {}; // by byte class, once computed
    private boolean[] known = {};

    /// The tokens that may follow, once computed.
    long[] mask = {};

    private State(int[] tops) {
      this.tops = tops;
    }

    /// Whether the text may end here.
    boolean canEnd() {
      return tops.length > 0 && tops[0] == BOTTOM;
    }

    /// Whether it must.
    boolean mustEnd() {
      return tops.length == 1 && tops[0] == BOTTOM;
    }

    /// The state after a byte of this class; none if the grammar rejects it.
    Optional<State> next(int byteClass) {
      if (known.length == 0) {
        nexts = new State[grammar.classes()];
        known = new boolean[grammar.classes()];
      }
      if (!known[byteClass]) {
        nexts[byteClass] = follow(this, byteClass);
        known[byteClass] = true;
      }
      var next = nexts[byteClass];
      return next.tops.length == 0 ? Optional.empty() : Optional.of(next);
    }
  }

  /// The state before the first byte.
  State start() {
    for (int start : grammar.alternatives(grammar.root())) {
      push(start, BOTTOM);
    }
    return close();
  }

  /// Resets the work counter.
  void beginWork() {
    workDone = 0;
  }

  /// Whether the cache is large enough to be dropped; see [#restarted].
  boolean isLarge() {
    return nodes.size() > MOST_NODES / 4 + 2 * needed || states.size() > MOST_STATES / 4;
  }

  /// A copy of `state` in this automaton, whose cache is empty.
  State restarted(PushdownAutomaton from, State state) {
    var moved = new HashMap<Integer, Integer>();
    moved.put(BOTTOM, BOTTOM);
    var tops = new int[state.tops.length];
    for (int i = 0; i < tops.length; i++) {
      tops[i] = nodes.copy(from.nodes, state.tops[i], moved);
    }
    Arrays.sort(tops);
    needed = nodes.size();
    return states.computeIfAbsent(new Stacks(tops), stacks -> new State(stacks.tops));
  }

  private State follow(State state, int byteClass) {
    for (int node : state.tops) {
      if (node != BOTTOM && grammar.has(grammar.symbol(nodes.position(node)), byteClass)) {
        push(nodes.position(node) + 1, nodes.below(node));
      }
    }
    return close();
  }

  /// Adds the stack with `position` of the grammar on top of `below`.
  private void push(int position, int below) {
    if (workSize == work.length) {
      work = Arrays.copyOf(work, 2 * workSize);
    }
    if (++workDone > MOST_WORK) {
      throw tooAmbiguous();
    }
    work[workSize++] =
        grammar.symbol(position) == Grammar.END ? below : nodes.number(position, below);
  }

  /// Expands rules until the next symbols are byte sets.
  private State close() {
    topsSize = 0;
    nodes.beginVisits();
    while (workSize > 0) {
      int node = work[--workSize];
      if (!nodes.visit(node)) {
        continue;
      }
      if (node == BOTTOM || grammar.symbol(nodes.position(node)) >= 0) {
        addTop(node);
        continue;
      }
      int position = nodes.position(node);
      int below = nodes.below(node);
      boolean last = grammar.symbol(position + 1) == Grammar.END;
      int after = last ? below : nodes.number(position + 1, below);
      for (int start : grammar.alternatives(~grammar.symbol(position))) {
        push(start, after);
      }
    }
    var found = Arrays.copyOf(tops, topsSize);
    Arrays.sort(found);
    if (states.size() > MOST_STATES) {
      throw tooAmbiguous();
    }
    return states.computeIfAbsent(new Stacks(found), stacks -> new State(stacks.tops));
  }

  private void addTop(int node) {
    if (topsSize == MOST_STACKS) {
      throw tooAmbiguous();
    }
    if (topsSize == tops.length) {
      tops = Arrays.copyOf(tops, 2 * topsSize);
    }
    tops[topsSize++] = node;
  }

  static GrammarException tooAmbiguous() {
    return new GrammarException(
        "the grammar is too ambiguous: the text can be meant in too many ways; let its alternatives"
            + " begin differently");
  }
}

package dev.fader.grammar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A grammar as a pushdown automaton. A stack is a linked list of return positions; equal stacks
/// are one node, so that a state, the set of all stacks after some text, is a set of integers and
/// is computed once. A tail call pushes nothing.
///
/// Its size and its work are bounded; a grammar that needs more is refused.
final class PushdownAutomaton {
  /// The empty stack.
  private static final int BOTTOM = 0;

  /// The most parses of an ambiguous text at once.
  private static final int MOST_STACKS = 20_000;

  private static final int MOST_NODES = 1 << 20;

  /// Bytes that a cache holds before it is dropped.
  private static final long LARGE = 16 << 20;

  private static final int NODE_BYTES = 24;
  private static final int STATE_BYTES = 128;

  private final Grammar grammar;
  private final GraphStructuredStack nodes = new GraphStructuredStack(MOST_NODES);
  private final Map<Stacks, State> states = new HashMap<>();
  private int[] work = new int[64];
  private int workSize;
  private int[] tops = new int[64];
  private int topsSize;
  private GrammarWork spent; // by whoever asks now
  private long stateBytes;
  private long needed; // bytes that were held at the start

  PushdownAutomaton(Grammar grammar, GrammarWork spent) {
    this.grammar = grammar;
    this.spent = spent;
  }

  /// Whose work is what is asked for next.
  void chargeTo(GrammarWork work) {
    spent = work;
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
    private @Nullable State[] nexts = {}; // by byte class, null until computed

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

    /// The state after a byte of this class, which is stuck if the grammar rejects it.
    State next(int byteClass) {
      if (nexts.length == 0) {
        nexts = new State[grammar.classes()];
        stateBytes += 4L * nexts.length;
      }
      var known = nexts[byteClass];
      if (known != null) {
        return known;
      }
      var next = follow(this, byteClass);
      nexts[byteClass] = next;
      return next;
    }

    /// Whether the grammar has rejected the text.
    boolean isStuck() {
      return tops.length == 0;
    }
  }

  /// The state before the first byte.
  State start() {
    for (int start : grammar.alternatives(grammar.root())) {
      push(start, BOTTOM);
    }
    return close();
  }

  /// Whether the cache is large enough to be dropped; see [#restarted].
  boolean isLarge() {
    return bytes() > LARGE + 2 * needed;
  }

  private long bytes() {
    return stateBytes + (long) NODE_BYTES * nodes.size();
  }

  /// The state of a text that the grammar rejects.
  State stuck() {
    return state(new int[0]);
  }

  /// A copy of `state` in this automaton, whose cache is empty.
  State restarted(PushdownAutomaton from, State state) {
    var moved = new HashMap<Integer, Integer>();
    moved.put(BOTTOM, BOTTOM);
    var tops = new int[state.tops.length];
    for (int i = 0; i < tops.length; i++) {
      int before = nodes.size();
      tops[i] = nodes.copy(from.nodes, state.tops[i], moved);
      spent.add(1 + nodes.size() - before);
    }
    Arrays.sort(tops);
    var copy = state(tops);
    needed = bytes();
    return copy;
  }

  private State state(int[] tops) {
    return states.computeIfAbsent(
        new Stacks(tops),
        stacks -> {
          stateBytes += STATE_BYTES + 4L * tops.length;
          return new State(stacks.tops);
        });
  }

  private State follow(State state, int byteClass) {
    workSize = 0; // a draft may have ended in the middle
    spent.add(state.tops.length);
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
    spent.add(1);
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
    spent.add(topsSize);
    Arrays.sort(found);
    return state(found);
  }

  private void addTop(int node) {
    if (topsSize == MOST_STACKS) {
      throw GrammarWork.tooAmbiguous();
    }
    if (topsSize == tops.length) {
      tops = Arrays.copyOf(tops, 2 * topsSize);
    }
    tops[topsSize++] = node;
  }
}

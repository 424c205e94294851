package dev.fader.grammar.schema;

import dev.fader.grammar.CodePoints;
import dev.fader.grammar.CodePoints.Range;
import dev.fader.grammar.schema.CharacterAutomaton.Step;
import dev.fader.grammar.schema.EcmaPattern.Assertion;
import dev.fader.grammar.schema.EcmaPattern.Characters;
import dev.fader.grammar.schema.EcmaPattern.Choice;
import dev.fader.grammar.schema.EcmaPattern.Part;
import dev.fader.grammar.schema.EcmaPattern.Place;
import dev.fader.grammar.schema.EcmaPattern.Repeated;
import dev.fader.grammar.schema.EcmaPattern.Sequence;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// The texts that contain a match of an expression, by Thompson's construction and the subset
/// construction. Assertions are decided by the next character, so that a state holds only positions
/// and the class of the last character.
final class PatternSearch {
  private static final int MOST_NODES = 50_000;

  /// Positions in all states, for each class of characters: a long pattern that may begin anywhere
  /// has as many in a state as it has characters.
  private static final long MOST_VISITS = 4_000_000;

  /// What precedes or follows a position.
  private enum Side {
    EDGE,
    WORD,
    OTHER
  }

  /// A set of positions before a character, and what preceded it.
  private record State(List<Integer> nodes, Side before) {}

  /// A node of the NFA: a character of a set, or a fork with an optional assertion.
  private record Node(boolean reads, CodePoints set, Optional<Place> place, List<Integer> nexts) {
    static Node fork(Integer... nexts) {
      return new Node(false, NONE, Optional.empty(), List.of(nexts));
    }
  }

  private static final CodePoints NONE = CodePoints.of(List.of());

  private final SchemaPlace where;
  private final List<Node> nodes = new ArrayList<>();
  private final int found;
  private final EnumMap<Side, BitSet> closures = new EnumMap<>(Side.class); // used again and again
  private final BitSet nexts = new BitSet();
  private boolean seesWords;
  private long visits;

  private PatternSearch(SchemaPlace where) {
    this.where = where;
    found = add(Node.fork());
  }

  static CharacterAutomaton texts(Part pattern, SchemaPlace where) {
    return new PatternSearch(where).texts(pattern);
  }

  private CharacterAutomaton texts(Part pattern) {
    int start = add(Node.fork());
    int begun = build(pattern, found);
    int skipped = add(new Node(true, CodePoints.ALL, Optional.empty(), List.of(start)));
    nodes.set(start, Node.fork(begun, skipped));
    var alphabet = alphabet();
    var first = new State(List.of(start), Side.EDGE);
    return CharacterAutomaton.explored(
        first,
        state -> closure(state, Side.EDGE).get(found),
        state -> steps(state, alphabet),
        where);
  }

  private int add(Node node) {
    if (nodes.size() >= MOST_NODES) {
      throw SchemaDocument.wrong(
          where,
          "its pattern is too large (more than %d places): repeat less".formatted(MOST_NODES));
    }
    nodes.add(node);
    return nodes.size() - 1;
  }

  /// Builds the node at which `part` begins and `next` follows. Recursion is as deep as the groups.
  private int build(Part part, int next) {
    return switch (part) {
      case Characters(var set) -> add(new Node(true, set, Optional.empty(), List.of(next)));
      case Sequence(var parts) -> {
        int begun = next;
        for (var one : parts.reversed()) {
          begun = build(one, begun);
        }
        yield begun;
      }
      case Choice(var parts) -> {
        var begun = new Integer[parts.size()];
        for (int i = 0; i < begun.length; i++) {
          begun[i] = build(parts.get(i), next);
        }
        yield add(Node.fork(begun));
      }
      case Repeated(var repeated, var least, var most) -> {
        int begun = next;
        if (most < 0) {
          begun = add(Node.fork());
          int again = build(repeated, begun);
          nodes.set(begun, Node.fork(again, next));
        }
        for (int i = least; i < most; i++) {
          begun = add(Node.fork(build(repeated, begun), next));
        }
        for (int i = 0; i < least; i++) {
          begun = build(repeated, begun);
        }
        yield begun;
      }
      case Assertion(var place) -> {
        seesWords |= place == Place.WORD_EDGE || place == Place.NO_WORD_EDGE;
        yield add(new Node(false, NONE, Optional.of(place), List.of(next)));
      }
    };
  }

  /// Classes of characters that no set of the expression distinguishes.
  private List<CodePoints> alphabet() {
    var sets = new LinkedHashMap<CodePoints, Integer>();
    for (var node : nodes) {
      sets.putIfAbsent(node.set, sets.size());
    }
    if (seesWords) {
      sets.putIfAbsent(EcmaPattern.WORD, sets.size());
    }
    var cuts = new TreeSet<Integer>();
    for (var set : sets.keySet()) {
      for (var range : set.ranges()) {
        cuts.add(range.first());
        cuts.add(range.last() + 1);
      }
    }
    var starts = new ArrayList<>(cuts);
    Map<BitSet, List<Range>> together = new LinkedHashMap<>();
    for (int i = 0; i + 1 < starts.size(); i++) {
      int first = starts.get(i);
      where.spend(4L * sets.size());
      var has = new BitSet();
      sets.forEach((set, number) -> has.set(number, has(set, first)));
      if (!has.isEmpty()) {
        together
            .computeIfAbsent(has, added -> new ArrayList<>())
            .add(new Range(first, starts.get(i + 1) - 1));
      }
    }
    return together.values().stream().map(CodePoints::of).toList();
  }

  private static boolean has(CodePoints set, int c) {
    int low = 0;
    int high = set.ranges().size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      var range = set.ranges().get(middle);
      if (c < range.first()) {
        high = middle - 1;
      } else if (c > range.last()) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  private List<Step<State>> steps(State state, List<CodePoints> alphabet) {
    var steps = new ArrayList<Step<State>>();
    var known = new EnumMap<Side, BitSet>(Side.class);
    for (var characters : alphabet) {
      int c = characters.ranges().getFirst().first();
      var side = seesWords && has(EcmaPattern.WORD, c) ? Side.WORD : Side.OTHER;
      var reached = known.computeIfAbsent(side, added -> closure(state, added));
      steps.add(new Step<>(characters, after(reached, c, side)));
    }
    return steps;
  }

  private State after(BitSet reached, int c, Side side) {
    if (reached.get(found)) {
      return new State(List.of(found), Side.OTHER); // whatever follows
    }
    nexts.clear();
    for (int i = reached.nextSetBit(0); i >= 0; i = reached.nextSetBit(i + 1)) {
      visit();
      var node = nodes.get(i);
      if (node.reads && has(node.set, c)) {
        nexts.set(node.nexts.getFirst());
      }
    }
    if (nexts.get(found)) {
      return new State(List.of(found), Side.OTHER);
    }
    return new State(nexts.stream().boxed().toList(), side);
  }

  private void visit() {
    where.spend(1);
    if (++visits > MOST_VISITS) {
      throw SchemaDocument.wrong(
          where, "its pattern takes too long to read: begin it with ^, shorten it, or repeat less");
    }
  }

  /// The epsilon closure, given the class of the next character.
  private BitSet closure(State state, Side after) {
    var reached = closures.computeIfAbsent(after, added -> new BitSet());
    reached.clear();
    var left = new ArrayList<>(state.nodes);
    while (!left.isEmpty()) {
      int at = left.removeLast();
      if (reached.get(at)) {
        continue;
      }
      reached.set(at);
      visit();
      var node = nodes.get(at);
      if (!node.reads && node.place.map(place -> holds(place, state.before, after)).orElse(true)) {
        left.addAll(node.nexts);
      }
    }
    return reached;
  }

  private static boolean holds(Place place, Side before, Side after) {
    boolean edge = (before == Side.WORD) != (after == Side.WORD);
    return switch (place) {
      case START -> before == Side.EDGE;
      case END -> after == Side.EDGE;
      case WORD_EDGE -> edge;
      case NO_WORD_EDGE -> !edge;
    };
  }
}

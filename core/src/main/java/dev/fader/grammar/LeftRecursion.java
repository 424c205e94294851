package dev.fader.grammar;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/// Finds left-recursive rules, which would be expanded for ever without consuming a byte. Linear in
/// the grammar and without recursion.
final class LeftRecursion {
  private final List<List<int[]>> rules;
  private final Map<String, Integer> names;
  private final BitSet repetitions;
  private final BitSet nullable = new BitSet();

  /// @param repetitions right-recursive rules made for `*`, which may repeat something nullable
  LeftRecursion(List<List<int[]>> rules, Map<String, Integer> names, BitSet repetitions) {
    this.rules = rules;
    this.names = names;
    this.repetitions = repetitions;
  }

  /// @throws GrammarException if there is one
  void check() {
    findNullable();
    var done = new BitSet();
    for (int rule = 0; rule < rules.size(); rule++) {
      if (!done.get(rule)) {
        search(rule, done);
      }
    }
  }

  /// An alternative, and how many of its symbols are not known to be nullable.
  private static final class Pending {
    final int rule;
    int left;

    Pending(int rule, int left) {
      this.rule = rule;
      this.left = left;
    }
  }

  private void findNullable() {
    var users = new ArrayList<List<Pending>>();
    rules.forEach(rule -> users.add(new ArrayList<>()));
    var found = new ArrayList<Integer>();
    for (int rule = 0; rule < rules.size(); rule++) {
      for (var alternative : rules.get(rule)) {
        if (alternative.length == 0) {
          found.add(rule);
        } else if (isOfRules(alternative)) {
          var pending = new Pending(rule, alternative.length);
          for (int symbol : alternative) {
            users.get(~symbol).add(pending);
          }
        }
      }
    }
    while (!found.isEmpty()) {
      int rule = found.removeLast();
      if (!nullable.get(rule)) {
        nullable.set(rule);
        for (var pending : users.get(rule)) {
          if (--pending.left == 0) {
            found.add(pending.rule);
          }
        }
      }
    }
  }

  private static boolean isOfRules(int[] alternative) {
    for (int symbol : alternative) {
      if (symbol >= 0) {
        return false;
      }
    }
    return true;
  }

  /// Depth-first search from `start` over the symbols that rules can begin with.
  private void search(int start, BitSet done) {
    var path = new ArrayList<Integer>();
    var nexts = new ArrayList<List<Integer>>();
    var onPath = new BitSet();
    path.add(start);
    nexts.add(beginnings(start));
    onPath.set(start);
    while (!path.isEmpty()) {
      var next = nexts.getLast();
      if (next.isEmpty()) {
        int rule = path.removeLast();
        nexts.removeLast();
        onPath.clear(rule);
        done.set(rule);
        continue;
      }
      int rule = next.removeLast();
      if (onPath.get(rule)) {
        throw recursion(path.subList(path.indexOf(rule), path.size()));
      }
      if (!done.get(rule)) {
        path.add(rule);
        nexts.add(beginnings(rule));
        onPath.set(rule);
      }
    }
  }

  private List<Integer> beginnings(int rule) {
    var beginnings = new ArrayList<Integer>();
    for (var alternative : rules.get(rule)) {
      for (int symbol : alternative) {
        if (symbol >= 0) {
          break;
        }
        if (!(repetitions.get(rule) && ~symbol == rule)) {
          beginnings.add(~symbol);
        }
        if (!nullable.get(~symbol)) {
          break;
        }
      }
    }
    return beginnings;
  }

  private GrammarException recursion(List<Integer> cycle) {
    for (var name : names.entrySet()) {
      if (cycle.contains(name.getValue())) {
        return new GrammarException(
            "left recursion: rule '%s' can begin with itself; let it begin with something else"
                .formatted(name.getKey()));
      }
    }
    return new GrammarException("left recursion: a group can begin with itself");
  }
}

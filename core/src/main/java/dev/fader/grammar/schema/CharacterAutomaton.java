package dev.fader.grammar.schema;

import dev.fader.grammar.CodePoints;
import dev.fader.grammar.CodePoints.Range;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/// A set of texts as a deterministic finite automaton over characters: the texts that a pattern, a
/// length, a format or bounds of a number allow. Intersection and complement are exact. Immutable;
/// state 0 is the start, and every other state can reach an accepting one.
final class CharacterAutomaton {
  /// More than written schemas need; it bounds what a short pattern may expand to.
  static final int MOST_STATES = 20_000;

  private static final int MOST_EDGES = 400_000;

  private final int[][] edges; // by state: first, last, target, first, last, target ..., ascending
  private final boolean[] accepting;

  private CharacterAutomaton(int[][] edges, boolean[] accepting) {
    this.edges = edges;
    this.accepting = accepting;
  }

  /// A transition on these characters.
  record Step<S>(CodePoints characters, S to) {}

  /// Builds the automaton of the states reachable from `start`.
  ///
  /// @param where the schema it is for, in errors
  static <S> CharacterAutomaton explored(
      S start, Predicate<S> accepts, Function<S, List<Step<S>>> steps, SchemaPlace where) {
    var numbers = new HashMap<S, Integer>();
    var states = new ArrayList<S>();
    var edges = new ArrayList<int[]>();
    numbers.put(start, 0);
    states.add(start);
    long size = 0;
    for (int i = 0; i < states.size(); i++) {
      var ranges = new ArrayList<int[]>();
      for (var step : steps.apply(states.get(i))) {
        var known = numbers.get(step.to);
        if (known == null) {
          known = states.size();
          numbers.put(step.to, known);
          states.add(step.to);
        }
        where.spend(step.characters.ranges().size());
        for (var range : step.characters.ranges()) {
          ranges.add(new int[] {range.first(), range.last(), known});
        }
      }
      where.spend(1);
      edges.add(joined(ranges));
      size += edges.getLast().length / 3;
      if (states.size() > MOST_STATES || size > MOST_EDGES) {
        throw SchemaDocument.wrong(
            where,
            "what it asks of one text is too large to hold (%d states): repeat less, or ask for"
                    .formatted(MOST_STATES)
                + " less at once");
      }
    }
    var accepting = new boolean[states.size()];
    for (int i = 0; i < accepting.length; i++) {
      accepting[i] = accepts.test(states.get(i));
    }
    return new CharacterAutomaton(edges.toArray(int[][]::new), accepting).trimmed();
  }

  private static int[] joined(List<int[]> ranges) {
    ranges.sort(Comparator.comparingInt(range -> range[0]));
    var flat = new int[3 * ranges.size()];
    int size = 0;
    for (var range : ranges) {
      if (size > 0 && flat[size - 1] == range[2] && flat[size - 2] + 1 == range[0]) {
        flat[size - 2] = range[1];
      } else {
        System.arraycopy(range, 0, flat, size, 3);
        size += 3;
      }
    }
    return Arrays.copyOf(flat, size);
  }

  /// Removes the states that cannot reach an accepting one.
  private CharacterAutomaton trimmed() {
    var sources = new ArrayList<List<Integer>>();
    for (int state = 0; state < edges.length; state++) {
      sources.add(new ArrayList<>());
    }
    var alive = new boolean[edges.length];
    var found = new ArrayDeque<Integer>();
    for (int state = 0; state < edges.length; state++) {
      for (int i = 2; i < edges[state].length; i += 3) {
        sources.get(edges[state][i]).add(state);
      }
      if (accepting[state]) {
        found.add(state);
      }
    }
    while (!found.isEmpty()) {
      int state = found.remove();
      if (!alive[state]) {
        alive[state] = true;
        found.addAll(sources.get(state));
      }
    }
    var numbers = new int[edges.length];
    int count = 1;
    for (int state = 1; state < edges.length; state++) {
      numbers[state] = alive[state] ? count++ : -1;
    }
    var keptEdges = new int[count][];
    var keptAccepting = new boolean[count];
    for (int state = 0; state < edges.length; state++) {
      if (state == 0 || alive[state]) {
        keptEdges[numbers[state]] = kept(edges[state], alive, numbers);
        keptAccepting[numbers[state]] = accepting[state];
      }
    }
    return new CharacterAutomaton(keptEdges, keptAccepting);
  }

  private static int[] kept(int[] edges, boolean[] alive, int[] numbers) {
    var kept = new int[edges.length];
    int size = 0;
    for (int i = 0; i < edges.length; i += 3) {
      if (alive[edges[i + 2]]) {
        kept[size++] = edges[i];
        kept[size++] = edges[i + 1];
        kept[size++] = numbers[edges[i + 2]];
      }
    }
    return Arrays.copyOf(kept, size);
  }

  /// The prefixes of some names.
  private static final class Beginning {
    final TreeMap<Integer, Beginning> nexts = new TreeMap<>();
    boolean isWhole;
  }

  /// Exactly these texts.
  static CharacterAutomaton ofTexts(Collection<String> texts, SchemaPlace where) {
    var start = new Beginning();
    for (var text : texts) {
      where.spendLetters(text.length());
      var reached = start;
      for (int c : text.codePoints().toArray()) {
        reached = reached.nexts.computeIfAbsent(c, added -> new Beginning());
      }
      reached.isWhole = true;
    }
    return explored(
        start,
        beginning -> beginning.isWhole,
        beginning -> {
          var steps = new ArrayList<Step<Beginning>>();
          beginning.nexts.forEach((c, next) -> steps.add(new Step<>(CodePoints.of(c, c), next)));
          return steps;
        },
        where);
  }

  /// Texts of these characters.
  static CharacterAutomaton ofCharacters(CodePoints characters, SchemaPlace where) {
    return explored(0, state -> true, state -> List.of(new Step<>(characters, 0)), where);
  }

  /// Texts of `least` to `most` characters; -1 for unlimited.
  static CharacterAutomaton ofLengths(int least, int most, SchemaPlace where) {
    int last = Math.max(least, most);
    return explored(
        0,
        length -> length >= least,
        length ->
            length < last
                ? List.of(new Step<>(CodePoints.ALL, length + 1))
                : most < 0 ? List.of(new Step<>(CodePoints.ALL, length)) : List.of(),
        where);
  }

  /// Texts whose length has this remainder.
  static CharacterAutomaton ofLengthsModulo(int modulus, int rest, SchemaPlace where) {
    return explored(
        0,
        length -> length == rest,
        length -> List.of(new Step<>(CodePoints.ALL, (length + 1) % modulus)),
        where);
  }

  /// The intersection.
  CharacterAutomaton and(CharacterAutomaton other, SchemaPlace where) {
    return explored(
        0L,
        pair -> accepting[(int) (pair >> 32)] && other.accepting[pair.intValue()],
        pair -> steps(edges[(int) (pair >> 32)], other.edges[pair.intValue()]),
        where);
  }

  private static List<Step<Long>> steps(int[] first, int[] second) {
    var steps = new ArrayList<Step<Long>>();
    int i = 0;
    int j = 0;
    while (i < first.length && j < second.length) {
      int from = Math.max(first[i], second[j]);
      int to = Math.min(first[i + 1], second[j + 1]);
      if (from <= to) {
        long pair = ((long) first[i + 2] << 32) | second[j + 2];
        steps.add(new Step<>(new CodePoints(List.of(new Range(from, to))), pair));
      }
      if (first[i + 1] < second[j + 1]) {
        i += 3;
      } else {
        j += 3;
      }
    }
    return steps;
  }

  /// The complement.
  CharacterAutomaton not(SchemaPlace where) {
    int other = edges.length;
    return explored(
        0,
        state -> state == other || !accepting[state],
        state -> {
          if (state == other) {
            return List.of(new Step<>(CodePoints.ALL, other));
          }
          var steps = new ArrayList<Step<Integer>>();
          var known = new ArrayList<Range>();
          for (int i = 0; i < edges[state].length; i += 3) {
            var range = new Range(edges[state][i], edges[state][i + 1]);
            known.add(range);
            steps.add(new Step<>(new CodePoints(List.of(range)), edges[state][i + 2]));
          }
          steps.add(new Step<>(CodePoints.of(known).not(), other));
          return steps;
        },
        where);
  }

  int states() {
    return edges.length;
  }

  boolean isEmpty() {
    return edges[0].length == 0 && !accepting[0];
  }

  boolean accepts(String text) {
    int state = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      state = next(state, text.codePointAt(i));
      if (state < 0) {
        return false;
      }
    }
    return accepting[state];
  }

  private int next(int state, int c) {
    for (int i = 0; i < edges[state].length; i += 3) {
      if (edges[state][i] <= c && c <= edges[state][i + 1]) {
        return edges[state][i + 2];
      }
    }
    return -1;
  }

  private record Begun(String text, int state) {}

  /// All texts, if there are at most `most`.
  Optional<List<String>> texts(int most) {
    var texts = new ArrayList<String>();
    var begun = new ArrayDeque<Begun>();
    begun.add(new Begun("", 0));
    while (!begun.isEmpty()) {
      var next = begun.remove();
      if (accepting[next.state]) {
        texts.add(next.text);
      }
      var row = edges[next.state];
      for (int i = 0; i < row.length; i += 3) {
        for (int c = row[i]; c <= row[i + 1]; c++) {
          begun.add(new Begun(next.text + Character.toString(c), row[i + 2]));
          if (texts.size() + begun.size() > most || next.text.length() > 100) {
            return Optional.empty();
          }
        }
      }
    }
    return texts.size() > most ? Optional.empty() : Optional.of(texts);
  }

  /// The name of a rule for these texts as the content of JSON strings: each character in only one
  /// spelling, so that excluded texts cannot pass in another.
  String rule(GbnfRules rules) {
    var names = new String[edges.length];
    Arrays.setAll(names, state -> rules.add(GbnfRules.NOTHING));
    for (int state = 0; state < edges.length; state++) {
      var byTarget = new TreeMap<Integer, List<Range>>();
      for (int i = 0; i < edges[state].length; i += 3) {
        byTarget
            .computeIfAbsent(edges[state][i + 2], added -> new ArrayList<>())
            .add(new Range(edges[state][i], edges[state][i + 1]));
      }
      var alternatives = new ArrayList<String>();
      byTarget.forEach((target, ranges) -> {
        boolean ends = edges[target].length == 0;
        for (var spelt : rules.spelt(CodePoints.of(ranges))) {
          alternatives.add(ends ? spelt : spelt + " " + names[target]);
        }
      });
      if (accepting[state]) {
        alternatives.add(GbnfRules.NOTHING);
      }
      rules.define(names[state], String.join(" | ", alternatives));
    }
    return names[0];
  }
}

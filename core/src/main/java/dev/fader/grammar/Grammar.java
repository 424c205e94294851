package dev.fader.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A context-free grammar over bytes, compiled from GBNF; `dev.fader.grammar.schema` compiles a
/// JSON Schema to it.
///
/// Immutable and shared by any number of matchers.
public final class Grammar {
  /// The longest GBNF text accepted, in characters: more than any written grammar.
  public static final int LONGEST_GBNF = 1 << 22;

  /// Terminates an alternative. Other symbols are indices of byte sets, or complements of rule
  /// indices.
  static final int END = Integer.MIN_VALUE;

  private final int[] symbols; // all alternatives of all rules
  private final int[][] alternatives; // by rule: the start of each alternative
  private final int root;
  private final int[] byteClasses = new int[256]; // bytes that no set distinguishes share a class
  private final boolean[][] classesOf; // by set, by class
  private int classes = 1;

  private Grammar(int[] symbols, int[][] alternatives, int root, List<ByteSet> sets) {
    this.symbols = symbols;
    this.alternatives = alternatives;
    this.root = root;
    for (var set : sets) {
      refine(set);
    }
    classesOf = new boolean[sets.size()][classes];
    for (int i = 0; i < sets.size(); i++) {
      for (int value = 0; value < 256; value++) {
        classesOf[i][byteClasses[value]] = sets.get(i).has(value);
      }
    }
  }

  private void refine(ByteSet set) {
    var split = new int[2 * classes]; // one more than the new class; 0 if there is none yet
    int count = 0;
    for (int value = 0; value < 256; value++) {
      int key = 2 * byteClasses[value] + (set.has(value) ? 1 : 0);
      if (split[key] == 0) {
        split[key] = ++count;
      }
      byteClasses[value] = split[key] - 1;
    }
    classes = count;
  }

  static Grammar of(List<List<int[]>> rules, int root, List<ByteSet> sets) {
    var all = new ArrayList<int[]>();
    var starts = new int[rules.size()][];
    int size = 0;
    for (int rule = 0; rule < starts.length; rule++) {
      starts[rule] = new int[rules.get(rule).size()];
      for (int i = 0; i < starts[rule].length; i++) {
        var alternative = rules.get(rule).get(i);
        starts[rule][i] = size;
        size += alternative.length + 1;
        all.add(alternative);
      }
    }
    var symbols = new int[size];
    int at = 0;
    for (var alternative : all) {
      System.arraycopy(alternative, 0, symbols, at, alternative.length);
      at += alternative.length;
      symbols[at++] = END;
    }
    return new Grammar(symbols, starts, root, sets);
  }

  /// Parses GBNF, llama.cpp's notation; the start symbol is the rule `root`.
  ///
  /// @throws GrammarException if it is invalid or left-recursive
  public static Grammar parse(String gbnf) {
    return new GbnfParser(gbnf).parse();
  }

  /// Whether the grammar accepts `text`.
  ///
  /// @throws GrammarException if it is too ambiguous to decide
  public boolean accepts(String text) {
    var work = new GrammarWork();
    var automaton = new PushdownAutomaton(this, work);
    var state = automaton.start();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      if (automaton.isLarge()) {
        var fresh = new PushdownAutomaton(this, work);
        state = fresh.restarted(automaton, state);
        automaton = fresh;
      }
      work.nextToken();
      var next = state.next(byteClass(value));
      if (next.isStuck()) {
        return false;
      }
      state = next;
    }
    return state.canEnd();
  }

  /// About the bytes that it takes up.
  public long bytes() {
    long bytes = 4L * symbols.length + (long) classes * classesOf.length;
    for (var starts : alternatives) {
      bytes += 20 + 4L * starts.length;
    }
    return bytes;
  }

  int symbol(int position) {
    return symbols[position];
  }

  int[] alternatives(int rule) {
    return alternatives[rule];
  }

  int root() {
    return root;
  }

  int classes() {
    return classes;
  }

  int byteClass(byte value) {
    return byteClasses[value & 0xFF];
  }

  boolean has(int set, int byteClass) {
    return classesOf[set][byteClass];
  }
}

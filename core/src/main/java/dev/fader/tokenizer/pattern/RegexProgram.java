package dev.fader.tokenizer.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/// A regular expression compiled for [RegexSearch]. Instruction `pc` is `operations[pc]` with the
/// operands `first[pc]` and `second[pc]`.
final class RegexProgram {
  /// Matches one code point of set `first`.
  static final byte ONE = 0;

  /// Continues at `first` and, if that fails, at `second`.
  static final byte FORK = 1;

  /// Jumps to `first`.
  static final byte JUMP = 2;

  /// Matches as many code points of set `first` as possible, then backtracks to fewer.
  static final byte MANY = 3;

  /// Matches as many code points of set `first` as possible, at most `second` (-1 for unlimited),
  /// without backtracking.
  static final byte ALL = 4;

  /// Lookahead: the text must match from the next instruction on, then execution continues at
  /// `first`.
  static final byte AHEAD = 5;

  static final byte NOT_AHEAD = 6;

  /// The previous code point is of set `first`.
  static final byte BEHIND = 7;

  static final byte NOT_BEHIND = 8;

  /// The anchor `first` of [#places] matches.
  static final byte PLACE = 9;

  static final byte MATCH = 10;

  private static final int MOST_INSTRUCTIONS = 4000;

  private final String regex;
  private final List<CodePointSet> setList = new ArrayList<>();
  private int lookingAhead;
  private int size;

  byte[] operations = new byte[64];
  int[] first = new int[64];
  int[] second = new int[64];
  CodePointSet[] sets = {};
  final List<RegexNode.Anchor> places = new ArrayList<>();

  /// Whether a body that may be empty is repeated without limit.
  boolean repeatsEmpty;

  RegexProgram(String regex) {
    this.regex = regex;
    write(RegexParser.parse(regex));
    add(MATCH, 0, 0);
    sets = setList.toArray(CodePointSet[]::new);
  }

  int size() {
    return size;
  }

  private void write(RegexNode node) {
    switch (node) {
      case RegexNode.CodePoint(CodePointSet set) -> add(ONE, number(set), 0);
      case RegexNode.Sequence(List<RegexNode> parts) -> parts.forEach(this::write);
      case RegexNode.Choice(List<RegexNode> options) -> choice(options);
      case RegexNode.Repeat repeat -> repeat(repeat);
      case RegexNode.LookAhead(RegexNode body, boolean negative) -> {
        int look = add(negative ? NOT_AHEAD : AHEAD, 0, 0);
        lookingAhead++;
        write(body);
        lookingAhead--;
        add(MATCH, 0, 0);
        first[look] = size;
      }
      case RegexNode.LookBehind(CodePointSet set, boolean negative) ->
          add(negative ? NOT_BEHIND : BEHIND, number(set), 0);
      case RegexNode.Anchor place -> place(place);
    }
  }

  private void place(RegexNode.Anchor place) {
    places.add(place);
    add(PLACE, places.size() - 1, 0);
  }

  private void choice(List<RegexNode> options) {
    var jumps = new ArrayList<Integer>();
    for (int i = 0; i < options.size(); i++) {
      boolean last = i == options.size() - 1;
      int fork = last ? -1 : add(FORK, size + 1, 0);
      write(options.get(i));
      if (!last) {
        jumps.add(add(JUMP, 0, 0));
        second[fork] = size;
      }
    }
    jumps.forEach(jump -> first[jump] = size);
  }

  private void repeat(RegexNode.Repeat repeat) {
    RegexNode body = repeat.body();
    for (int i = 0; i < repeat.least(); i++) {
      write(body);
    }
    if (repeat.greed() == RegexNode.Greed.POSSESSIVE) {
      if (!(body instanceof RegexNode.CodePoint(CodePointSet set))) {
        throw refused("repeats a group possessively");
      }
      int more = repeat.most() < 0 ? -1 : repeat.most() - repeat.least();
      add(ALL, number(set), more);
    } else if (repeat.most() < 0) {
      withoutEnd(body, repeat.greed() == RegexNode.Greed.LAZY);
    } else {
      upTo(repeat);
    }
  }

  private void withoutEnd(RegexNode body, boolean lazy) {
    if (!lazy && body instanceof RegexNode.CodePoint(CodePointSet set)) {
      add(MANY, number(set), 0);
      return;
    }
    if (RegexNode.mayBeEmpty(body)) {
      if (lookingAhead > 0) {
        throw refused("repeats what may be empty while looking ahead");
      }
      repeatsEmpty = true;
    }
    int fork = add(FORK, 0, 0);
    int start = size;
    write(body);
    add(JUMP, fork, 0);
    first[fork] = lazy ? size : start;
    second[fork] = lazy ? start : size;
  }

  private void upTo(RegexNode.Repeat repeat) {
    boolean lazy = repeat.greed() == RegexNode.Greed.LAZY;
    var forks = new ArrayList<Integer>();
    for (int i = repeat.least(); i < repeat.most(); i++) {
      forks.add(add(FORK, size + 1, 0));
      write(repeat.body());
    }
    for (int fork : forks) {
      first[fork] = lazy ? size : fork + 1;
      second[fork] = lazy ? fork + 1 : size;
    }
  }

  private int number(CodePointSet set) {
    setList.add(set);
    return setList.size() - 1;
  }

  private int add(byte operation, int one, int two) {
    if (size == MOST_INSTRUCTIONS) {
      throw refused("takes more than " + MOST_INSTRUCTIONS + " instructions");
    }
    if (size == operations.length) {
      operations = Arrays.copyOf(operations, 2 * size);
      first = Arrays.copyOf(first, 2 * size);
      second = Arrays.copyOf(second, 2 * size);
    }
    operations[size] = operation;
    first[size] = one;
    second[size] = two;
    return size++;
  }

  private PatternSyntaxException refused(String problem) {
    return new PatternSyntaxException(problem, regex, -1);
  }
}

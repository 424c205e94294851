package dev.fader.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Collects the rules of a grammar. Symbols are byte sets (from 0 up) and rules (complements of
/// their indices); characters outside ASCII become rules over the bytes of UTF-8.
final class GrammarBuilder {
  /// More than any useful grammar. It bounds what a short text such as `{1000000000}` may expand
  /// to.
  static final int MOST_SYMBOLS = 1 << 20;

  private final Map<String, Integer> names = new LinkedHashMap<>();
  private final List<List<int[]>> rules = new ArrayList<>(); // empty if not defined yet
  private final Map<ByteSet, Integer> setNumbers = new LinkedHashMap<>();
  private final Map<CodePoints, Integer> characterSymbols = new HashMap<>();
  private final int[] byteSymbols = new int[256]; // -1 until known
  private final BitSet repetitions = new BitSet();
  private long size;

  GrammarBuilder() {
    Arrays.fill(byteSymbols, -1);
  }

  /// The index of the rule with this name, which may be defined later.
  int rule(String name) {
    return names.computeIfAbsent(name, added -> newRule());
  }

  int newRule() {
    grow(1);
    rules.add(List.of());
    return rules.size() - 1;
  }

  boolean isDefined(int rule) {
    return !rules.get(rule).isEmpty();
  }

  /// Defines a rule: one of these sequences of symbols.
  void define(int rule, List<int[]> alternatives) {
    for (var alternative : alternatives) {
      grow(alternative.length + 1L);
    }
    rules.set(rule, List.copyOf(alternatives));
  }

  private void grow(long symbols) {
    size += symbols;
    if (size > MOST_SYMBOLS) {
      throw new GrammarException(
          "the grammar grows beyond %d symbols: repeat less, or shorten it"
              .formatted(MOST_SYMBOLS));
    }
  }

  static int reference(int rule) {
    return ~rule;
  }

  /// The symbols of a text.
  int[] literal(String text) {
    return symbols(text.getBytes(StandardCharsets.UTF_8));
  }

  /// The symbols of a token.
  int[] token(int id) {
    return symbols(TokenReference.bytes(id));
  }

  private int[] symbols(byte[] bytes) {
    var symbols = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      symbols[i] = byteSymbol(bytes[i] & 0xFF);
    }
    return symbols;
  }

  private int byteSymbol(int value) {
    if (byteSymbols[value] < 0) {
      byteSymbols[value] = set(ByteSet.range(value, value));
    }
    return byteSymbols[value];
  }

  /// The symbol of one character of a set.
  int character(CodePoints characters) {
    var known = characterSymbols.get(characters);
    if (known == null) {
      known = newCharacter(characters);
      characterSymbols.put(characters, known);
    }
    return known;
  }

  private int newCharacter(CodePoints characters) {
    var alternatives = new ArrayList<int[]>();
    var ascii = new ByteSet(0, 0, 0, 0);
    for (var ranges : characters.utf8()) {
      if (ranges.length == 2) {
        ascii = ascii.and(ByteSet.range(ranges[0], ranges[1]));
        continue;
      }
      var sequence = new int[ranges.length / 2];
      for (int i = 0; i < sequence.length; i++) {
        sequence[i] = set(ByteSet.range(ranges[2 * i], ranges[2 * i + 1]));
      }
      alternatives.add(sequence);
    }
    int single = set(ascii);
    if (alternatives.isEmpty()) {
      return single;
    }
    alternatives.add(new int[] {single});
    int rule = newRule();
    define(rule, alternatives);
    return reference(rule);
  }

  private int set(ByteSet bytes) {
    return setNumbers.computeIfAbsent(bytes, added -> setNumbers.size());
  }

  /// Repeats `item` from `least` to `most` times.
  ///
  /// @param most -1 for unlimited
  int[] repeat(int[] item, int least, int most) {
    int single = single(item);
    int more = most < 0 ? 1 : most - least > 0 ? 1 : 0;
    grow((long) least + more);
    var symbols = new int[least + more];
    Arrays.fill(symbols, 0, least, single);
    if (most < 0) {
      symbols[least] = reference(endless(single));
    } else if (more > 0) {
      symbols[least] = reference(upTo(single, most - least));
    }
    return symbols;
  }

  private int single(int[] item) {
    if (item.length == 1) {
      return item[0];
    }
    int rule = newRule();
    define(rule, List.of(item));
    return reference(rule);
  }

  private int endless(int symbol) {
    int rule = newRule();
    define(rule, List.of(new int[] {symbol, reference(rule)}, new int[0]));
    repetitions.set(rule);
    return rule;
  }

  private int upTo(int symbol, int most) {
    int rule = newRule();
    define(rule, List.of(new int[] {symbol}, new int[0]));
    for (int count = 2; count <= most; count++) {
      int longer = newRule();
      define(longer, List.of(new int[] {symbol, reference(rule)}, new int[0]));
      rule = longer;
    }
    return rule;
  }

  /// The grammar with the start symbol `root`.
  Grammar build(String root) {
    if (!names.containsKey(root)) {
      throw new GrammarException(
          "the grammar has no rule '%s', with which it begins: add '%s ::= ...'"
              .formatted(root, root));
    }
    var missing = new ArrayList<String>();
    for (var name : names.entrySet()) {
      if (!isDefined(name.getValue())) {
        missing.add("'" + name.getKey() + "'");
      }
    }
    if (!missing.isEmpty()) {
      throw new GrammarException(
          "the grammar uses rules that it does not define: " + String.join(", ", missing));
    }
    new LeftRecursion(rules, names, repetitions).check();
    return Grammar.of(rules, rule(root), List.copyOf(setNumbers.keySet()));
  }
}

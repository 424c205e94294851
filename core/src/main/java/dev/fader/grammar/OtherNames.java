package dev.fader.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Names of members that are none of some others: written without escapes, so that no other
/// spelling of one of these gets through. Each beginning of a name is a rule of how it may go on.
final class OtherNames {
  /// What no name written here has.
  private static final String NEVER = "\"\\\\\\x00-\\x1F\\x7F";

  private final SchemaRules rules;
  private final List<Beginning> beginnings = new ArrayList<>();

  private OtherNames(SchemaRules rules) {
    this.rules = rules;
  }

  /// What some names begin with.
  private static final class Beginning {
    final TreeMap<Integer, Beginning> nexts = new TreeMap<>();
    final String rule;
    boolean isName;

    Beginning(String rule) {
      this.rule = rule;
    }
  }

  /// Names, in quotes, other than these.
  static String than(List<String> names, SchemaRules rules) {
    var others = new OtherNames(rules);
    var start = others.beginning();
    for (var name : names) {
      others.note(start, name);
    }
    for (var beginning : others.beginnings) {
      rules.define(beginning.rule, body(beginning));
    }
    return "\"\\\"\" " + start.rule + " \"\\\"\"";
  }

  private Beginning beginning() {
    var added = new Beginning(rules.add(SchemaRules.NOTHING));
    beginnings.add(added);
    return added;
  }

  private void note(Beginning start, String name) {
    var reached = start;
    for (int c : name.codePoints().toArray()) {
      var next = reached.nexts.get(c);
      if (next == null) {
        next = beginning();
        reached.nexts.put(c, next);
      }
      reached = next;
    }
    reached.isName = true;
  }

  private static String body(Beginning beginning) {
    var leading = new StringBuilder();
    var body = new StringBuilder();
    for (var next : beginning.nexts.entrySet()) {
      int c = next.getKey();
      var character = GbnfText.characterClass(CodePoints.of(c, c));
      leading.append(character, 1, character.length() - 1);
      if (c >= 0x20 && c != '"' && c != '\\') {
        body.append(character).append(' ').append(next.getValue().rule).append(" | ");
      }
    }
    body.append("[^").append(NEVER).append(leading).append("] [^").append(NEVER).append("]*");
    return body + (beginning.isName ? "" : " | " + SchemaRules.NOTHING);
  }
}

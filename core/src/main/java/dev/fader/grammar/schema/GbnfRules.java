package dev.fader.grammar.schema;

import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import java.util.LinkedHashMap;
import java.util.Map;

/// The rules that a JSON Schema becomes, each with a name of its own.
final class GbnfRules {
  /// Nothing, spelt out: an alternative that is not there would go on with the next line.
  static final String NOTHING = "\"\"";

  private final Map<String, String> rules = new LinkedHashMap<>();
  private long characters;

  /// The name of a new rule.
  String add(String body) {
    var name = "r" + rules.size();
    define(name, body);
    return name;
  }

  /// Says what a rule is that was added before.
  void define(String name, String body) {
    rules.put(name, body);
    characters += body.length();
    if (characters > Grammar.LONGEST_GBNF) {
      throw new GrammarException(
          "the JSON Schema becomes a grammar of more than %d characters: ask for less"
              .formatted(Grammar.LONGEST_GBNF));
    }
  }

  void writeTo(StringBuilder text) {
    rules.forEach((name, body) -> text.append(name).append(" ::= ").append(body).append('\n'));
  }
}

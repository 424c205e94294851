package dev.fader.grammar.schema;

import dev.fader.grammar.CodePoints;
import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The rules generated for a JSON Schema, each with a unique name.
final class GbnfRules {
  /// The empty text, explicit: an empty alternative would continue on the next line.
  static final String NOTHING = "\"\"";

  private final SchemaPlace whole;
  private final Map<String, String> rules = new LinkedHashMap<>();
  private final Map<CodePoints, List<String>> spelt = new HashMap<>();
  private long characters;

  /// @param whole of the document
  GbnfRules(SchemaPlace whole) {
    this.whole = whole;
  }

  /// One of these characters as spelled in a JSON string, as alternatives. Many states of an
  /// automaton go on by the same characters.
  List<String> spelt(CodePoints characters) {
    whole.spend(characters.ranges().size());
    return spelt.computeIfAbsent(characters, GbnfText::inJsonString);
  }

  /// Adds a rule without a body and returns its name.
  String add(String body) {
    var name = "r" + rules.size();
    define(name, body);
    return name;
  }

  /// Defines a rule that was added before.
  void define(String name, String body) {
    rules.put(name, body);
    whole.spendLetters(body.length());
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

package dev.fader.grammar.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The string constraints of schemas as automata; each pattern and format is compiled once.
final class StringConstraints {
  /// The total size of all automata of a schema: as much as a grammar has room for.
  private static final int MOST_STATES = 300_000;

  private final Map<String, EcmaPattern.Texts> patterns = new HashMap<>();
  private final Map<String, CharacterAutomaton> formats = new HashMap<>();
  private int states;

  /// The texts that the `pattern` of a schema allows.
  EcmaPattern.Texts pattern(Subschema schema) {
    if (!schema.get("pattern").isString()) {
      throw SchemaDocument.wrong(schema.path(), "'pattern' is not a string");
    }
    return pattern(schema.get("pattern").asString(), schema);
  }

  EcmaPattern.Texts pattern(String pattern, Subschema schema) {
    var known = patterns.get(pattern);
    if (known == null) {
      known = EcmaPattern.texts(pattern, schema.path());
      counted(known.found(), schema.path());
      patterns.put(pattern, known);
    }
    return known;
  }

  private CharacterAutomaton counted(CharacterAutomaton made, SchemaPlace where) {
    states += made.states();
    if (states > MOST_STATES) {
      throw SchemaDocument.wrong(
          where,
          "what it and others ask of texts is too large to hold (%d states): repeat less, or ask for less"
              .formatted(MOST_STATES));
    }
    return made;
  }

  /// The texts that its `format` allows, if it is a standard one; others are annotations.
  Optional<CharacterAutomaton> format(Subschema schema) {
    if (!schema.has("format")) {
      return Optional.empty();
    }
    var name = schema.get("format").asString("");
    return StringFormats.pattern(name)
        .map(pattern ->
            formats.computeIfAbsent(
                name, added -> EcmaPattern.texts(pattern, schema.path()).found()));
  }

  /// By `minLength` and `maxLength`.
  private record Lengths(int least, int most) {}

  private static Lengths lengths(Collection<Subschema> schemas) {
    int least = 0;
    int most = -1;
    for (var schema : schemas) {
      least = Math.max(least, SchemaDocument.count(schema, "minLength").orElse(0));
      var bound = SchemaDocument.count(schema, "maxLength");
      if (bound.isPresent()) {
        most = most < 0 ? bound.getAsInt() : Math.min(most, bound.getAsInt());
      }
    }
    return new Lengths(least, most);
  }

  /// The strings that satisfy all schemas; `avoided` are those that `not` excludes.
  Production production(Collection<Subschema> schemas, List<Subschema> avoided) {
    var lengths = lengths(schemas);
    if (lengths.most >= 0 && lengths.most < lengths.least) {
      return new Production.Unsatisfiable(
          "strings of %d to %d characters: there are none".formatted(lengths.least, lengths.most));
    }
    var all = automata(schemas, true);
    all.addAll(others(avoided));
    if (all.isEmpty()) {
      return lengths.least == 0 && lengths.most < 0
          ? new Production.Rule("string")
          : new Production.Rule(
              "\"\\\"\" string-char{%d,%s} \"\\\"\""
                  .formatted(lengths.least, lengths.most < 0 ? "" : lengths.most));
    }
    var texts = together(all, lengths, schemas.iterator().next().path());
    return texts.isEmpty()
        ? new Production.Unsatisfiable(
            "no string satisfies its pattern, format and lengths together")
        : new Production.Characters(texts, true);
  }

  /// The same strings as an automaton.
  CharacterAutomaton automaton(Collection<Subschema> schemas, List<Subschema> avoided) {
    var all = automata(schemas, true);
    all.addAll(others(avoided));
    var where = schemas.iterator().next().path();
    all.add(CharacterAutomaton.ofLengths(0, -1, where));
    return together(all, lengths(schemas), where);
  }

  private List<CharacterAutomaton> others(List<Subschema> avoided) {
    var others = new ArrayList<CharacterAutomaton>();
    for (var schema : avoided) {
      if (schema.has("pattern")) {
        others.add(pattern(schema).others());
      } else if (schema.has("enum")) {
        var texts = new ArrayList<String>();
        for (var value : SchemaDocument.values(schema, "enum")) {
          if (value.isString()) {
            texts.add(value.asString());
          }
        }
        if (!texts.isEmpty()) {
          others.add(CharacterAutomaton.ofTexts(texts, schema.path()).not(schema.path()));
        }
      }
    }
    return others;
  }

  /// Whether surely no string satisfies all of these, however formats are interpreted.
  boolean isNone(Collection<Subschema> schemas) {
    var lengths = lengths(schemas);
    if (lengths.most >= 0 && lengths.most < lengths.least) {
      return true;
    }
    var all = automata(schemas, false);
    return !all.isEmpty() && together(all, lengths, schemas.iterator().next().path()).isEmpty();
  }

  /// @param sure only strings that every validator accepts, or all that some may
  private List<CharacterAutomaton> automata(Collection<Subschema> schemas, boolean sure) {
    var all = new ArrayList<CharacterAutomaton>();
    for (var schema : schemas) {
      if (schema.has("pattern")) {
        var texts = pattern(schema);
        var allowed = sure ? texts.found() : texts.others().not(schema.path());
        if (!all.contains(allowed)) {
          all.add(allowed);
        }
      }
      if (sure) {
        format(schema).filter(format -> !all.contains(format)).ifPresent(all::add);
      }
    }
    return all;
  }

  private CharacterAutomaton together(
      List<CharacterAutomaton> all, Lengths lengths, SchemaPlace where) {
    var texts = all.getFirst();
    for (var other : all.subList(1, all.size())) {
      texts = counted(texts.and(other, where), where);
    }
    return lengths.least == 0 && lengths.most < 0
        ? texts
        : counted(
            texts.and(CharacterAutomaton.ofLengths(lengths.least, lengths.most, where), where),
            where);
  }
}

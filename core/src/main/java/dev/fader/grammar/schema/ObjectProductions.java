package dev.fader.grammar.schema;

import dev.fader.grammar.schema.SchemaEvaluation.Answer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import tools.jackson.databind.node.StringNode;

/// The objects that satisfy a set of schemas. Members come in the order of `properties`; others are
/// generated only if a schema mentions them or more members are required.
final class ObjectProductions {
  private static final int MOST_PATTERNS = 6;

  /// The most names enumerated in a fixed order.
  private static final int MOST_LISTED = 64;

  private final SchemaDocument document;
  private final StringConstraints texts;
  private final SchemaEvaluation evaluation;
  private final SchemaBranches branches;

  /// The index of the set of schemas for a member.
  private final ToIntFunction<List<Subschema>> numbers;

  ObjectProductions(
      SchemaDocument document,
      StringConstraints texts,
      SchemaEvaluation evaluation,
      SchemaBranches branches,
      ToIntFunction<List<Subschema>> numbers) {
    this.document = document;
    this.texts = texts;
    this.evaluation = evaluation;
    this.branches = branches;
    this.numbers = numbers;
  }

  Production production(Collection<Subschema> schemas) {
    var parts = new ArrayList<PropertySchemas>();
    var names = new LinkedHashSet<String>();
    var required = new LinkedHashSet<String>();
    var ofNames = new ArrayList<Subschema>();
    int least = 0;
    int most = Integer.MAX_VALUE;
    for (var schema : schemas) {
      var part = new PropertySchemas(document, texts, schema);
      parts.add(part);
      names.addAll(part.properties().keySet());
      required.addAll(SchemaDocument.names(schema, "required"));
      document.single(schema, "propertyNames").ifPresent(ofNames::add);
      least = Math.max(least, SchemaDocument.count(schema, "minProperties").orElse(0));
      most = Math.min(most, SchemaDocument.count(schema, "maxProperties").orElse(most));
    }
    names.addAll(required);
    if (least > most) {
      return new Production.Unsatisfiable(
          "from %d to %d members: there are none".formatted(least, most));
    }
    boolean silent =
        names.isEmpty()
            && ofNames.isEmpty()
            && parts.stream()
                .allMatch(part -> part.patterns().isEmpty() && part.additional().isEmpty());
    if (silent && least == 0 && most == Integer.MAX_VALUE) {
      return new Production.Rule("object");
    }
    var members = new ArrayList<Production.Property>();
    for (var name : names) {
      document.root().path().spend(parts.size());
      var value = new ArrayList<Subschema>();
      parts.forEach(part -> value.addAll(part.of(name)));
      if (evaluation.of(StringNode.valueOf(name), ofNames) != Answer.YES) {
        value.add(document.numbered(Subschema.FALSE));
      }
      members.add(
          new Production.Property(name, numbers.applyAsInt(value), required.contains(name)));
    }
    var others = new ArrayList<Production.AdditionalProperties>();
    boolean speaksOfOthers =
        parts.stream()
            .anyMatch(part ->
                part.additional().isPresent()
                    && part.additional().get().number() != Subschema.FALSE);
    boolean any = silent || speaksOfOthers || !ofNames.isEmpty() || least > names.size();
    for (var other : others(parts, any, names, ofNames)) {
      var listed = other.names().texts(MOST_LISTED);
      if (listed.isPresent()) {
        listed
            .get()
            .forEach(name -> members.add(new Production.Property(name, other.schema(), false)));
      } else {
        others.add(other);
      }
    }
    return new Production.ObjectOf(members, others, least, most);
  }

  /// Members with other names, by the patterns that match the names.
  private List<Production.AdditionalProperties> others(
      List<PropertySchemas> parts, boolean any, Collection<String> names, List<Subschema> ofNames) {
    var patterns = new LinkedHashSet<EcmaPattern.Texts>();
    parts.forEach(part -> patterns.addAll(part.patterns().keySet()));
    var others = new ArrayList<Production.AdditionalProperties>();
    if (patterns.isEmpty() && !any) {
      return others;
    }
    var where = document.root().path();
    if (patterns.size() > MOST_PATTERNS) {
      throw SchemaDocument.wrong(
          where, "more than %d 'patternProperties' of one object".formatted(MOST_PATTERNS));
    }
    var rest = CharacterAutomaton.ofTexts(names, where).not(where);
    if (!ofNames.isEmpty()) {
      rest = rest.and(allowedNames(ofNames, where), where);
    }
    var all = new ArrayList<>(patterns);
    for (int set = any ? 0 : 1; set < 1 << all.size(); set++) {
      var found = new LinkedHashSet<EcmaPattern.Texts>();
      var these = rest;
      for (int i = 0; i < all.size(); i++) {
        boolean has = (set >> i & 1) == 1;
        these = these.and(has ? all.get(i).found() : all.get(i).others(), where);
        if (has) {
          found.add(all.get(i));
        }
      }
      if (!these.isEmpty()) {
        others.add(
            new Production.AdditionalProperties(these, numbers.applyAsInt(value(parts, found))));
      }
    }
    return others;
  }

  private static List<Subschema> value(
      List<PropertySchemas> parts, Collection<EcmaPattern.Texts> found) {
    var value = new ArrayList<Subschema>();
    for (var part : parts) {
      boolean named = false;
      for (var pattern : part.patterns().entrySet()) {
        if (found.contains(pattern.getKey())) {
          value.add(pattern.getValue());
          named = true;
        }
      }
      if (!named) {
        part.additional().ifPresent(value::add);
      }
    }
    return value;
  }

  /// The names that all of `propertyNames` allow.
  private CharacterAutomaton allowedNames(List<Subschema> schemas, SchemaPlace where) {
    Optional<CharacterAutomaton> none = Optional.empty(); // allowed by no branch
    for (var branch : branches.of(schemas)) {
      var values = SchemaBranches.values(branch.schemas());
      CharacterAutomaton allowed;
      if (values.isPresent()) {
        allowed =
            CharacterAutomaton.ofTexts(
                values.get().stream()
                    .filter(value -> value.isString())
                    .filter(value -> evaluation.of(value, schemas) == Answer.YES)
                    .map(value -> value.asString())
                    .toList(),
                where);
      } else if (branches.kinds(branch.schemas()).contains(JsonKind.STRING)
          && !branch.schemas().isEmpty()) {
        allowed = texts.automaton(branch.schemas(), branches.avoided(branch.schemas()));
      } else if (branch.schemas().isEmpty()) {
        allowed = CharacterAutomaton.ofLengths(0, -1, where);
      } else {
        continue;
      }
      var others = allowed.not(where);
      none = Optional.of(none.map(before -> before.and(others, where)).orElse(others));
    }
    return none.map(outside -> outside.not(where))
        .orElse(CharacterAutomaton.ofTexts(List.of(), where));
  }
}

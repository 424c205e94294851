package dev.fader.grammar.schema;

import dev.fader.grammar.schema.SchemaEvaluation.Answer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Expands a set of schemas to branches (disjunctive normal form), each a set of schemas whose own
/// keywords must all hold. `allOf` and `$ref` add to a branch; `anyOf`, `oneOf`, `not`, `if` and
/// dependencies split it.
final class SchemaBranches {
  /// Unsupported assertions on values.
  static final List<String> UNREAD =
      List.of("unevaluatedItems", "unevaluatedProperties", "$dynamicRef", "$recursiveRef");

  private static final int MOST_BRANCHES = 4000;
  private static final int MOST_SCHEMAS = 100_000;
  private static final int MOST_NESTED = 100;
  private static final int MOST_COMPARED = 60_000;
  private static final int DEEPEST_COMPARED = 5;

  private final SchemaDocument document;
  private final StringConstraints texts;
  private final SchemaEvaluation evaluation;
  private final SchemaNegation negation;
  private final Map<Integer, List<Subschema>> exclusives = new HashMap<>();
  private int compared;
  private int nested;

  SchemaBranches(SchemaDocument document, StringConstraints texts, SchemaEvaluation evaluation) {
    this.document = document;
    this.texts = texts;
    this.evaluation = evaluation;
    this.negation = new SchemaNegation(document);
  }

  /// Schemas that must all hold, and open choices.
  static final class Branch {
    private final Set<Integer> seen;
    private final List<Subschema> schemas;
    private final List<Choice> choices;
    private boolean impossible;

    private Branch(Set<Integer> seen, List<Subschema> schemas, List<Choice> choices) {
      this.seen = new LinkedHashSet<>(seen);
      this.schemas = new ArrayList<>(schemas);
      this.choices = new ArrayList<>(choices);
    }

    private Branch copy() {
      return new Branch(seen, schemas, choices);
    }

    /// The schemas whose own keywords must hold.
    List<Subschema> schemas() {
      return schemas;
    }
  }

  /// Schemas of which one must hold.
  private record Choice(Subschema owner, List<Subschema> schemas) {}

  /// The branches; none if nothing can satisfy `schemas`. A single choice without other conditions
  /// is not split: see [#alternatives].
  List<Branch> of(Collection<Subschema> schemas) {
    var finished = new ArrayList<Branch>();
    // As lists: the hash of a set is a sum, which thousands of choices share.
    var seen = new HashSet<List<Integer>>();
    var left = new ArrayList<Branch>();
    left.add(closed(schemas));
    int made = 0;
    while (!left.isEmpty()) {
      var branch = left.removeLast();
      if (branch.impossible) {
        continue;
      }
      if (branch.choices.isEmpty()) {
        if (seen.add(branch.seen.stream().sorted().toList())) {
          finished.add(branch);
        }
        continue;
      }
      var choice = branch.choices.removeFirst();
      if (choice.schemas.stream().anyMatch(one -> isIn(one, branch))) {
        left.add(branch);
        continue;
      }
      for (var one : choice.schemas.reversed()) {
        if (++made > MOST_BRANCHES) {
          throw SchemaDocument.wrong(
              choice.owner.path(),
              "its choices and those beside it combine to more than %d branches: nest fewer"
                  .formatted(MOST_BRANCHES));
        }
        choice.owner.path().spend(branch.seen.size() + 2L * branch.schemas.size());
        var next = branch.copy();
        add(one, next);
        left.add(next);
      }
    }
    return finished;
  }

  private static boolean isIn(Subschema schema, Branch branch) {
    return schema.number() == Subschema.TRUE || branch.seen.contains(schema.number());
  }

  /// The schemas of the only choice of `schemas`, if there are no other conditions.
  Optional<List<Subschema>> alternatives(Collection<Subschema> schemas) {
    var branch = closed(schemas);
    boolean isOnlyChoice =
        !branch.impossible
            && branch.choices.size() == 1
            && branch.schemas.stream().noneMatch(SchemaBranches::saysMore);
    return isOnlyChoice ? Optional.of(branch.choices.getFirst().schemas) : Optional.empty();
  }

  private static boolean saysMore(Subschema schema) {
    for (var keyword : schema.json().propertyNames()) {
      if (SchemaNegation.SPEAKS_OF_VALUES.contains(keyword)) {
        return true;
      }
    }
    return false;
  }

  /// Adds all that `schemas` imply without a choice.
  Branch closed(Collection<Subschema> schemas) {
    var branch = new Branch(Set.of(), List.of(), List.of());
    for (var schema : schemas) {
      add(schema, branch);
    }
    return branch;
  }

  private void add(Subschema added, Branch branch) {
    var left = new ArrayList<Subschema>();
    left.add(added);
    while (!left.isEmpty()) {
      var schema = left.removeLast();
      schema.path().spend(1);
      branch.impossible |= schema.number() == Subschema.FALSE;
      if (schema.number() <= Subschema.FALSE || !branch.seen.add(schema.number())) {
        continue;
      }
      if (branch.seen.size() > MOST_SCHEMAS) {
        throw SchemaDocument.wrong(
            schema.path(), "more than %d schemas hold of one value".formatted(MOST_SCHEMAS));
      }
      if (schema.has("$ref")) {
        left.add(document.target(schema));
      }
      if (document.standsAlone(schema)) {
        continue;
      }
      branch.schemas.add(schema);
      if (schema.has("allOf")) {
        left.addAll(document.list(schema, "allOf").reversed());
      }
      addChoices(schema, branch);
    }
    added.path().spend(branch.schemas.size());
    branch.impossible |= kinds(branch.schemas).isEmpty();
  }

  private void addChoices(Subschema schema, Branch branch) {
    if (schema.has("anyOf")) {
      branch.choices.add(new Choice(schema, document.list(schema, "anyOf")));
    }
    if (schema.has("oneOf")) {
      branch.choices.add(new Choice(schema, exclusive(schema)));
    }
    var not = document.single(schema, "not");
    if (not.isPresent() && !SchemaNegation.isPlain(not.get())) {
      var others = negation.of(not.get(), Set.of());
      if (others.schemas().isEmpty() && !others.isWhole()) {
        throw SchemaDocument.wrong(
            schema.path(), "'not' cannot be held with what it excludes here: leave it out");
      }
      branch.choices.add(new Choice(schema, others.schemas()));
    }
    for (var pair : negation.dependencies(schema)) {
      branch.choices.add(new Choice(schema, pair));
    }
  }

  /// The remaining types of values.
  EnumSet<JsonKind> kinds(Collection<Subschema> schemas) {
    var kinds = EnumSet.allOf(JsonKind.class);
    for (var schema : schemas) {
      kinds.retainAll(document.kinds(schema));
      for (var avoided : avoided(List.of(schema))) {
        // A value that is not a string satisfies every pattern, and one that is not a number every
        // multiple.
        if (!avoided.has("enum")) {
          kinds.retainAll(Set.of(avoided.has("pattern") ? JsonKind.STRING : JsonKind.NUMBER));
        }
      }
    }
    return kinds;
  }

  /// The schema under `not` that is kept as it is.
  List<Subschema> avoided(Collection<Subschema> schemas) {
    var avoided = new ArrayList<Subschema>();
    for (var schema : schemas) {
      document.single(schema, "not").filter(SchemaNegation::isPlain).ifPresent(avoided::add);
    }
    return avoided;
  }

  /// The schemas of `oneOf`, each without what the others allow too.
  private List<Subschema> exclusive(Subschema schema) {
    var known = exclusives.get(schema.number());
    if (known != null) {
      return known;
    }
    var all = document.list(schema, "oneOf");
    if (all.size() == 1) {
      return all;
    }
    if (nested == MOST_NESTED) {
      throw SchemaDocument.wrong(
          schema.path(),
          "'oneOf' within 'oneOf' more than %d deep: use anyOf".formatted(MOST_NESTED));
    }
    nested++;
    var exclusive = exclusive(schema, all);
    nested--;
    exclusives.put(schema.number(), exclusive);
    return exclusive;
  }

  private List<Subschema> exclusive(Subschema schema, List<Subschema> all) {
    boolean told = areDistinguished(all);
    var exclusive = new ArrayList<Subschema>();
    for (int i = 0; i < all.size(); i++) {
      var overlapping = new ArrayList<Subschema>();
      for (int j = 0; j < all.size() && !told; j++) {
        if (j != i && !areDisjoint(List.of(all.get(i), all.get(j)), 0)) {
          overlapping.add(all.get(j));
        }
      }
      exclusive.add(overlapping.isEmpty() ? all.get(i) : without(all.get(i), overlapping, schema));
    }
    return exclusive;
  }

  /// Whether a required member has a different constant in each of them.
  private boolean areDistinguished(List<Subschema> all) {
    var tags = new LinkedHashMap<String, List<JsonNode>>();
    for (var schema : all) {
      var branch = closed(List.of(schema));
      if (!kinds(branch.schemas).equals(EnumSet.of(JsonKind.OBJECT))) {
        return false;
      }
      var required = new HashSet<String>();
      branch.schemas.forEach(part -> required.addAll(SchemaDocument.names(part, "required")));
      for (var part : branch.schemas) {
        for (var property : document.named(part, "properties").entrySet()) {
          var name = property.getKey();
          var json = property.getValue().json();
          if (required.contains(name) && json.has("const")) {
            tags.computeIfAbsent(name, added -> new ArrayList<>()).add(json.get("const"));
          }
        }
      }
    }
    return tags.values().stream()
        .anyMatch(values ->
            values.size() == all.size()
                && values.stream().allMatch(JsonNode::isString)
                && new LinkedHashSet<>(values).size() == all.size());
  }

  private Subschema without(Subschema one, List<Subschema> others, Subschema owner) {
    var names = new LinkedHashSet<String>();
    for (var schema : closed(List.of(one)).schemas) {
      names.addAll(document.named(schema, "properties").keySet());
      names.addAll(SchemaDocument.names(schema, "required"));
    }
    var all = JsonNodeFactory.instance.objectNode();
    var parts = all.putArray("allOf");
    parts.add(one.json());
    boolean isWhole = true;
    for (var other : others) {
      var negated = negation.of(other, names);
      isWhole &= negated.isWhole();
      ObjectNode part = JsonNodeFactory.instance.objectNode();
      var choice = part.putArray("anyOf");
      negated.schemas().forEach(negative -> choice.add(asJson(negative)));
      parts.add(part);
    }
    var narrowed = document.child(one, all, "");
    if (!isWhole && of(List.of(narrowed)).isEmpty() && !of(List.of(one)).isEmpty()) {
      throw SchemaDocument.wrong(
          owner.path(),
          "'oneOf': what only '%s' allows cannot be told from the others: use anyOf, or a constant"
                  .formatted(one.path())
              + " that differs");
    }
    return narrowed;
  }

  private static JsonNode asJson(Subschema schema) {
    return schema.number() <= Subschema.FALSE
        ? JsonNodeFactory.instance.booleanNode(schema.number() == Subschema.TRUE)
        : schema.json();
  }

  /// Whether surely nothing satisfies all of these. Looks only a few schemas deep.
  boolean areDisjoint(List<Subschema> schemas, int depth) {
    if (depth > DEEPEST_COMPARED) {
      return false;
    }
    if (++compared > MOST_COMPARED) {
      throw SchemaDocument.wrong(
          schemas.getFirst().path(),
          "'oneOf': too many schemas to tell apart: give each a constant that differs");
    }
    var branch = closed(schemas);
    if (branch.impossible) {
      return true;
    }
    for (var choice : branch.choices) {
      if (choice.owner.has("anyOf") && choice.schemas.size() <= 20) {
        boolean all = true;
        for (var one : choice.schemas) {
          var together = new ArrayList<>(schemas);
          together.add(one);
          all = all && !schemas.contains(one) && areDisjoint(together, depth + 1);
        }
        if (all) {
          return true;
        }
      }
    }
    var known = values(branch.schemas());
    if (known.isPresent()) {
      return known.get().stream()
          .allMatch(value -> evaluation.of(value, branch.schemas()) == Answer.NO);
    }
    for (var kind : kinds(branch.schemas())) {
      boolean none =
          switch (kind) {
            case STRING -> texts.isNone(branch.schemas());
            case NUMBER -> isNotNumber(branch.schemas());
            case OBJECT -> isNotObject(branch.schemas(), depth);
            case ARRAY -> isNotArray(branch.schemas(), depth);
            case BOOLEAN, NULL -> false;
          };
      if (!none) {
        return false;
      }
    }
    return true;
  }

  private boolean isNotNumber(Collection<Subschema> schemas) {
    var range = NumberRange.ALL;
    boolean whole = false;
    boolean broken = false;
    for (var schema : schemas) {
      range = range.within(schema);
      whole |= SchemaDocument.onlyIntegers(schema);
    }
    for (var avoided : avoided(schemas)) {
      var step = SchemaDocument.number(avoided, "multipleOf");
      broken |= step.isPresent() && step.get().compareTo(BigDecimal.ONE) == 0;
    }
    return range.isEmpty() || (whole && broken);
  }

  private boolean isNotObject(Collection<Subschema> schemas, int depth) {
    var required = new LinkedHashSet<String>();
    int most = Integer.MAX_VALUE;
    for (var schema : schemas) {
      required.addAll(SchemaDocument.names(schema, "required"));
      most = Math.min(most, SchemaDocument.count(schema, "maxProperties").orElse(most));
    }
    if (required.size() > most) {
      return true;
    }
    var members = new ArrayList<PropertySchemas>();
    schemas.forEach(schema -> members.add(new PropertySchemas(document, texts, schema)));
    for (var name : required) {
      var value = new ArrayList<Subschema>();
      members.forEach(part -> value.addAll(part.of(name)));
      if (!value.isEmpty() && areDisjoint(value, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  private boolean isNotArray(Collection<Subschema> schemas, int depth) {
    int least = 0;
    int most = Integer.MAX_VALUE;
    for (var schema : schemas) {
      least = Math.max(least, SchemaDocument.count(schema, "minItems").orElse(0));
      most = Math.min(most, SchemaDocument.count(schema, "maxItems").orElse(most));
    }
    if (least > most) {
      return true;
    }
    for (int i = 0; i < Math.min(least, 20); i++) {
      var item = new ArrayList<Subschema>();
      for (var schema : schemas) {
        item.addAll(new ItemSchemas(document, schema).at(i));
      }
      if (!item.isEmpty() && areDisjoint(item, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  /// The enumerated values of these schemas, if one of them enumerates any.
  static Optional<List<JsonNode>> values(Collection<Subschema> schemas) {
    Optional<List<JsonNode>> values = Optional.empty();
    for (var schema : schemas) {
      if (schema.has("const")) {
        return Optional.of(List.of(schema.get("const")));
      }
      if (schema.has("enum") && values.isEmpty()) {
        values = Optional.of(SchemaDocument.values(schema, "enum"));
      }
    }
    return values;
  }
}

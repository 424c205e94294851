package dev.fader.grammar.schema;

import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import dev.fader.grammar.schema.SchemaEvaluation.Answer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Compiles a JSON Schema to GBNF. The unit is a set of schemas that must all hold for one value;
/// each set has an index and becomes one rule. There are finitely many sets, so recursive schemas
/// terminate.
///
/// [SchemaBranches] splits a set into branches, each type of value that a branch allows becomes a
/// [Production], productions without a finite value are dropped, and [GbnfWriter] writes the rest.
public final class JsonSchemaGrammar {
  private static final int MOST_SETS = 100_000;

  /// Keywords that apply to one type of value only.
  private static final Map<JsonKind, List<String>> SPEAKING =
      Map.of(
          JsonKind.OBJECT,
              List.of(
                  "properties",
                  "required",
                  "additionalProperties",
                  "patternProperties",
                  "propertyNames",
                  "minProperties",
                  "maxProperties",
                  "dependentRequired",
                  "dependentSchemas",
                  "dependencies"),
          JsonKind.ARRAY,
              List.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
          JsonKind.STRING, List.of("pattern", "format", "minLength", "maxLength"),
          JsonKind.NUMBER,
              List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));

  private final SchemaDocument document;
  private final StringConstraints texts = new StringConstraints();
  private final SchemaEvaluation evaluation;
  private final SchemaBranches branches;
  private final ObjectProductions objects;
  private final Map<List<Integer>, Integer> numbers = new HashMap<>();
  private final List<List<Subschema>> sets = new ArrayList<>();

  private JsonSchemaGrammar(String schema, SchemaWork work) {
    document = new SchemaDocument(schema, work);
    document.refuseCycles();
    evaluation = new SchemaEvaluation(document, texts);
    branches = new SchemaBranches(document, texts, evaluation);
    objects = new ObjectProductions(document, texts, evaluation, branches, this::number);
  }

  /// The grammar of the JSON texts that a JSON Schema (2020-12 and earlier drafts) describes; see
  /// [#gbnf].
  ///
  /// @throws dev.fader.grammar.GrammarException if it is invalid or unsupported
  public static Grammar parse(String schema) {
    return Grammar.parse(gbnf(schema));
  }

  /// A JSON Schema as GBNF. Every text of the grammar satisfies the schema, but not every valid
  /// text is generated:
  ///
  /// - Members come in the order of `properties`; others come last, and only where
  ///   `additionalProperties`, `patternProperties` or `propertyNames` speak of them or
  ///   `minProperties` needs them.
  /// - All of `prefixItems` are present.
  /// - Where keywords apply to one type and no `type` is given, the value has that type.
  /// - Bounded numbers have no exponent, integers no decimal point, and both at most 15 digits
  ///   unless a bound has more.
  /// - Formats allow what every validator accepts (host names end in a well-known domain), patterns
  ///   only characters that all engines treat alike.
  /// - What `not` and `oneOf` exclude is generated only where the complement is itself a schema.
  ///
  /// @throws dev.fader.grammar.GrammarException if it is invalid or unsupported
  public static String gbnf(String schema) {
    return compile(schema).orThrow();
  }

  /// The same, with the work that it took, or why there is none.
  public static CompiledSchema compile(String schema) {
    var work = new SchemaWork();
    try {
      var gbnf = new JsonSchemaGrammar(schema, work).gbnf();
      return new CompiledSchema(Optional.of(gbnf), Optional.empty(), work.spent());
    } catch (GrammarException refusal) {
      var why = String.valueOf(refusal.getMessage());
      return new CompiledSchema(Optional.empty(), Optional.of(why), work.spent());
    }
  }

  /// Any JSON object.
  public static Grammar ofAnyObject() {
    return parse("{\"type\": \"object\"}");
  }

  private String gbnf() {
    int root = number(List.of(document.root()));
    var productions = new ArrayList<List<Production>>();
    while (productions.size() < sets.size()) {
      productions.add(productions(sets.get(productions.size())));
    }
    return new GbnfWriter(productions, this::path, document.root().path()).gbnf(root);
  }

  private SchemaPlace path(int set) {
    return sets.get(set).isEmpty() ? document.root().path() : sets.get(set).getFirst().path();
  }

  /// The index of a set of schemas that must all hold.
  private int number(List<Subschema> schemas) {
    var ordered = new TreeSet<Integer>();
    schemas.forEach(schema -> ordered.add(schema.number()));
    ordered.remove(Subschema.TRUE);
    var key = ordered.contains(Subschema.FALSE) ? List.of(Subschema.FALSE) : List.copyOf(ordered);
    return numbers.computeIfAbsent(
        key,
        added -> {
          if (sets.size() >= MOST_SETS) {
            throw SchemaDocument.wrong(
                schemas.getFirst().path(),
                "the schema combines its parts in more than %d ways: combine fewer"
                    .formatted(MOST_SETS));
          }
          sets.add(added.stream().map(document::numbered).toList());
          return sets.size() - 1;
        });
  }

  private List<Production> productions(List<Subschema> schemas) {
    if (schemas.isEmpty()) {
      return List.of(new Production.Rule("value"));
    }
    if (schemas.getFirst().number() == Subschema.FALSE) {
      return List.of(GbnfWriter.FALSE);
    }
    var values = SchemaBranches.values(branches.closed(schemas).schemas());
    if (values.isPresent()) {
      return List.of(values(values.get(), schemas));
    }
    var alternatives = branches.alternatives(schemas);
    if (alternatives.isPresent()) {
      var others = new ArrayList<Production>();
      for (var other : alternatives.get()) {
        others.add(new Production.Reference(number(List.of(other))));
      }
      return others.isEmpty()
          ? List.of(new Production.Unsatisfiable("'anyOf' or 'oneOf' is empty"))
          : others;
    }
    var productions = new ArrayList<Production>();
    for (var branch : branches.of(schemas)) {
      var named = SchemaBranches.values(branch.schemas());
      if (named.isPresent()) {
        var all = new ArrayList<>(schemas);
        all.addAll(branch.schemas());
        productions.add(values(named.get(), all));
      } else {
        productions.addAll(kinds(branch.schemas()));
      }
    }
    return productions.isEmpty()
        ? List.of(
            new Production.Unsatisfiable("no value satisfies it: what it asks excludes each other"))
        : productions;
  }

  /// The values that surely satisfy all schemas.
  private Production values(List<JsonNode> values, Collection<Subschema> schemas) {
    var satisfying = new ArrayList<JsonNode>();
    boolean unsure = false;
    for (var value : JsonValues.distinct(values)) {
      var answer = evaluation.of(value, schemas);
      unsure |= answer == Answer.UNSURE;
      if (answer == Answer.YES) {
        satisfying.add(value);
      }
    }
    if (!satisfying.isEmpty()) {
      return new Production.Values(satisfying);
    }
    return new Production.Unsatisfiable(
        unsure
            ? "of its values it is not sure that they satisfy what stands beside them"
            : "none of its values satisfies what stands beside them");
  }

  private List<Production> kinds(List<Subschema> schemas) {
    if (schemas.isEmpty()) {
      return List.of(new Production.Rule("value"));
    }
    var kinds = branches.kinds(schemas);
    if (kinds.equals(EnumSet.allOf(JsonKind.class))) {
      kinds = spokenOf(schemas);
    }
    var avoided = branches.avoided(schemas);
    refuseUnsupported(schemas, kinds);
    if (kinds.equals(EnumSet.allOf(JsonKind.class)) && avoided.isEmpty()) {
      return List.of(new Production.Rule("value"));
    }
    var productions = new ArrayList<Production>();
    for (var kind : kinds) {
      productions.add(
          switch (kind) {
            case OBJECT -> avoids(avoided, kind).orElseGet(() -> objects.production(schemas));
            case ARRAY -> avoids(avoided, kind).orElseGet(() -> array(schemas));
            case STRING -> texts.production(schemas, avoided);
            case NUMBER -> NumberConstraints.production(schemas, avoided);
            case BOOLEAN, NULL -> constants(kind, avoided);
          });
    }
    return productions;
  }

  /// The types generated where no type is given: those that the keywords apply to.
  private static EnumSet<JsonKind> spokenOf(List<Subschema> schemas) {
    var kinds = EnumSet.noneOf(JsonKind.class);
    for (var schema : schemas) {
      SPEAKING.forEach((kind, keywords) -> {
        if (keywords.stream().anyMatch(schema::has)) {
          kinds.add(kind);
        }
      });
    }
    return kinds.isEmpty() ? EnumSet.allOf(JsonKind.class) : kinds;
  }

  private static void refuseUnsupported(List<Subschema> schemas, EnumSet<JsonKind> kinds) {
    for (var schema : schemas) {
      for (var keyword : SchemaBranches.UNREAD) {
        boolean matters =
            schema.has(keyword)
                && !SchemaEvaluation.isTrue(schema, keyword)
                && !(keyword.equals("unevaluatedItems") && !kinds.contains(JsonKind.ARRAY))
                && !(keyword.equals("unevaluatedProperties") && !kinds.contains(JsonKind.OBJECT));
        if (matters) {
          throw SchemaDocument.wrong(
              schema.path(), "'%s' cannot be held by a grammar: leave it out".formatted(keyword));
        }
      }
      if (kinds.contains(JsonKind.ARRAY) && schema.has("contains")) {
        throw SchemaDocument.wrong(
            schema.path(), "'contains' cannot be held by a grammar: leave it out");
      }
    }
  }

  /// Why there is no value of this type, if `not` excludes some.
  private static Optional<Production> avoids(List<Subschema> avoided, JsonKind kind) {
    for (var schema : avoided) {
      for (var value : SchemaDocument.values(schema, "enum")) {
        if (JsonKind.of(value) == kind) {
          return Optional.of(
              new Production.Unsatisfiable(
                  "objects and arrays that 'not' excludes cannot be avoided"));
        }
      }
    }
    return Optional.empty();
  }

  private static Production constants(JsonKind kind, List<Subschema> avoided) {
    var factory = JsonNodeFactory.instance;
    var values = new ArrayList<JsonNode>();
    if (kind == JsonKind.NULL) {
      values.add(factory.nullNode());
    } else {
      values.add(factory.booleanNode(true));
      values.add(factory.booleanNode(false));
    }
    for (var schema : avoided) {
      var excluded = SchemaDocument.values(schema, "enum");
      values.removeIf(value -> JsonValues.contains(excluded, value));
    }
    return values.isEmpty()
        ? new Production.Unsatisfiable("'not' excludes all that is left")
        : new Production.Values(values);
  }

  private Production array(List<Subschema> schemas) {
    var parts = new ArrayList<ItemSchemas>();
    int least = 0;
    int most = Integer.MAX_VALUE;
    int named = 0;
    boolean unique = false;
    for (var schema : schemas) {
      var part = new ItemSchemas(document, schema);
      parts.add(part);
      named = Math.max(named, part.named());
      least = Math.max(least, SchemaDocument.count(schema, "minItems").orElse(0));
      most = Math.min(most, SchemaDocument.count(schema, "maxItems").orElse(most));
      unique |= SchemaEvaluation.isTrue(schema, "uniqueItems");
    }
    if (least > most) {
      return new Production.Unsatisfiable(
          "from %d to %d items: there are none".formatted(least, most));
    }
    var firsts = new ArrayList<Integer>();
    for (int i = 0; i < Math.min(named, most); i++) {
      firsts.add(item(parts, i));
    }
    return new Production.ArrayOf(firsts, item(parts, named), least, most, unique);
  }

  private int item(List<ItemSchemas> parts, int index) {
    var schemas = new LinkedHashSet<Subschema>();
    parts.forEach(part -> schemas.addAll(part.at(index)));
    return number(new ArrayList<>(schemas));
  }
}

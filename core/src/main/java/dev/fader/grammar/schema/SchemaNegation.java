package dev.fader.grammar.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The negation of a schema as schemas: `not` moves inwards until it applies to a list of values, a
/// pattern or a step. Where a keyword's negation cannot be expressed, the result allows too little,
/// never too much.
final class SchemaNegation {
  /// Keywords that assert something about the value itself.
  static final Set<String> SPEAKS_OF_VALUES =
      Set.of(
          "type",
          "enum",
          "const",
          "multipleOf",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "items",
          "prefixItems",
          "additionalItems",
          "contains",
          "minContains",
          "maxContains",
          "minItems",
          "maxItems",
          "uniqueItems",
          "properties",
          "patternProperties",
          "additionalProperties",
          "propertyNames",
          "required",
          "minProperties",
          "maxProperties",
          "unevaluatedItems",
          "unevaluatedProperties",
          "$dynamicRef",
          "$recursiveRef",
          "not");

  /// Keywords under which `not` can remain.
  private static final Set<String> PLAIN = Set.of("enum", "pattern", "multipleOf");

  private static final List<String> TYPES =
      List.of("object", "array", "string", "number", "boolean", "null");

  private final SchemaDocument document;
  private final Map<List<Object>, Negated> known = new HashMap<>();
  private final Map<Integer, List<List<Subschema>>> dependencies = new HashMap<>();

  SchemaNegation(SchemaDocument document) {
    this.document = document;
  }

  /// Schemas, one of which holds for a value that does not satisfy the negated one.
  ///
  /// @param isWhole whether they cover every such value
  record Negated(List<Subschema> schemas, boolean isWhole) {}

  /// Whether `not` of this schema is a single condition, which is kept as it is.
  static boolean isPlain(Subschema schema) {
    var speaking = new ArrayList<String>();
    for (var keyword : schema.json().propertyNames()) {
      if (SPEAKS_OF_VALUES.contains(keyword) || isCombining(keyword)) {
        speaking.add(keyword);
      }
    }
    return speaking.size() == 1
        && schema.number() > Subschema.FALSE
        && PLAIN.contains(speaking.getFirst());
  }

  private static boolean isCombining(String keyword) {
    return switch (keyword) {
      case "$ref",
          "allOf",
          "anyOf",
          "oneOf",
          "if",
          "dependentRequired",
          "dependentSchemas",
          "dependencies" ->
          true;
      default -> false;
    };
  }

  /// The negation of `schema`.
  ///
  /// @param names of members that may be present, used where others are excluded
  Negated of(Subschema schema, Set<String> names) {
    if (schema.number() <= Subschema.FALSE) {
      var other = document.numbered(Subschema.TRUE + Subschema.FALSE - schema.number());
      return new Negated(schema.number() == Subschema.FALSE ? List.of(other) : List.of(), true);
    }
    schema.path().spend(1L + names.size() + schema.json().size());
    var key = List.<Object>of(schema.number(), new TreeSet<>(names));
    var seen = known.get(key);
    if (seen == null) {
      seen = newNegated(schema, names);
      known.put(key, seen);
    }
    return seen;
  }

  private Negated newNegated(Subschema schema, Set<String> names) {
    var schemas = new ArrayList<Subschema>();
    boolean isWhole = true;
    for (var keyword : schema.json().propertyNames()) {
      if (document.standsAlone(schema) && !keyword.equals("$ref")) {
        continue;
      }
      var excluded = new ArrayList<JsonNode>();
      if (!exclude(schema, keyword, names, excluded)) {
        isWhole = false;
      }
      excluded.forEach(json -> schemas.add(document.child(schema, json, "")));
    }
    return new Negated(schemas, isWhole);
  }

  /// The type of value that a bound or a pattern applies to.
  private static String kind(String keyword) {
    return switch (keyword) {
      case "minLength", "maxLength", "pattern" -> "string";
      case "minItems", "maxItems" -> "array";
      case "minProperties", "maxProperties" -> "object";
      default -> "number";
    };
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode typed(String type) {
    return object().put("type", type);
  }

  private static ObjectNode not(JsonNode schema) {
    var not = object();
    not.set("not", schema);
    return not;
  }

  /// Adds the negation of `keyword`, unless it cannot be expressed completely.
  private boolean exclude(
      Subschema schema, String keyword, Set<String> names, List<JsonNode> excluded) {
    var value = schema.get(keyword);
    switch (keyword) {
      case "$ref" -> {
        // Its target may be true or false.
        var target = document.target(schema);
        excluded.add(
            target.number() <= Subschema.FALSE
                ? JsonNodeFactory.instance.booleanNode(target.number() == Subschema.FALSE)
                : not(target.json()));
      }
      case "allOf" -> value.forEach(part -> excluded.add(not(part)));
      case "anyOf" -> excluded.add(allNot(value));
      case "oneOf" -> {
        schema.path().spend((long) value.size() * value.size());
        excluded.add(allNot(value));
        for (int i = 0; i < value.size(); i++) {
          for (int j = 0; j < i; j++) {
            var both = object();
            both.putArray("allOf").add(value.get(i)).add(value.get(j));
            excluded.add(both);
          }
        }
      }
      case "not" -> excluded.add(value);
      case "type" -> excludeTypes(schema, excluded);
      case "const" -> {
        var values = object();
        values.putArray("enum").add(value);
        excluded.add(not(values));
      }
      case "enum" -> {
        var values = object();
        values.set("enum", value);
        excluded.add(not(values));
      }
      case "pattern", "multipleOf" -> {
        var plain = object();
        plain.set(keyword, value);
        var other = typed(kind(keyword));
        other.set("not", plain);
        excluded.add(other);
      }
      case "minimum" -> excludeBound(schema, keyword, "exclusiveMaximum", excluded);
      case "maximum" -> excludeBound(schema, keyword, "exclusiveMinimum", excluded);
      case "exclusiveMinimum" -> excludeBound(schema, keyword, "maximum", excluded);
      case "exclusiveMaximum" -> excludeBound(schema, keyword, "minimum", excluded);
      case "minLength", "minItems", "minProperties" -> {
        int least = SchemaDocument.count(schema, keyword).orElse(0);
        if (least > 0) {
          excluded.add(typed(kind(keyword)).put("max" + keyword.substring(3), least - 1));
        }
      }
      case "maxLength", "maxItems", "maxProperties" -> {
        int most = SchemaDocument.count(schema, keyword).orElse(0);
        if (most < Integer.MAX_VALUE) {
          excluded.add(typed(kind(keyword)).put("min" + keyword.substring(3), most + 1));
        }
      }
      case "required" -> {
        for (var name : SchemaDocument.names(schema, keyword)) {
          var absent = typed("object");
          absent.putObject("properties").put(name, false);
          excluded.add(absent);
        }
      }
      case "properties" -> {
        for (var property : document.named(schema, keyword).keySet()) {
          excluded.add(present(property, not(value.get(property))));
        }
      }
      case "prefixItems" -> {
        if (!(schema.has("items") && schema.get("items").isArray())) {
          schema.path().spend((long) value.size() * value.size());
          excludeItems(value, excluded);
        }
      }
      case "additionalProperties" -> {
        for (var name : names) {
          boolean isOther =
              !document.named(schema, "properties").containsKey(name)
                  && !schema.has("patternProperties");
          if (isOther) {
            excluded.add(present(name, not(value)));
          }
        }
        return value.isBoolean() && value.booleanValue();
      }
      case "items",
          "additionalItems",
          "contains",
          "minContains",
          "maxContains",
          "uniqueItems",
          "patternProperties",
          "propertyNames",
          "format",
          "if",
          "dependentRequired",
          "dependentSchemas",
          "dependencies",
          "unevaluatedItems",
          "unevaluatedProperties",
          "$dynamicRef",
          "$recursiveRef" -> {
        return false;
      }
      default -> {
        // An annotation.
      }
    }
    return true;
  }

  private static ObjectNode present(String name, JsonNode value) {
    var present = typed("object");
    present.putArray("required").add(name);
    present.putObject("properties").set(name, value);
    return present;
  }

  private static ObjectNode allNot(JsonNode schemas) {
    var all = object();
    var parts = all.putArray("allOf");
    schemas.forEach(part -> parts.add(not(part)));
    return all;
  }

  private void excludeTypes(Subschema schema, List<JsonNode> excluded) {
    var allowed = document.kinds(schema);
    var others = object();
    ArrayNode types = others.putArray("type");
    for (var type : TYPES) {
      if (!allowed.contains(JsonKind.named(type).orElseThrow())) {
        types.add(type);
      }
    }
    if (!types.isEmpty()) {
      excluded.add(others);
    }
    if (SchemaDocument.onlyIntegers(schema)) {
      var fractions = typed("number");
      fractions.putObject("not").put("multipleOf", 1);
      excluded.add(fractions);
    }
  }

  private static void excludeBound(
      Subschema schema, String keyword, String opposite, List<JsonNode> excluded) {
    if (schema.get(keyword).isNumber()) {
      excluded.add(
          typed("number").put(opposite, SchemaDocument.number(schema, keyword).orElseThrow()));
    }
  }

  private static void excludeItems(JsonNode items, List<JsonNode> excluded) {
    for (int i = 0; i < items.size(); i++) {
      var other = typed("array").put("minItems", i + 1);
      var prefix = other.putArray("prefixItems");
      for (int before = 0; before < i; before++) {
        prefix.add(true);
      }
      prefix.add(not(items.get(i)));
      excluded.add(other);
    }
  }

  /// Pairs of schemas, one of which must hold by `if` and by dependencies of members.
  List<List<Subschema>> dependencies(Subschema schema) {
    var seen = dependencies.get(schema.number());
    if (seen == null) {
      seen = newDependencies(schema);
      dependencies.put(schema.number(), seen);
    }
    return seen;
  }

  private List<List<Subschema>> newDependencies(Subschema schema) {
    var pairs = new ArrayList<List<Subschema>>();
    if (schema.has("if") && (schema.has("then") || schema.has("else"))) {
      var truth = JsonNodeFactory.instance.booleanNode(true);
      var met = object();
      met.putArray("allOf")
          .add(schema.get("if"))
          .add(schema.has("then") ? schema.get("then") : truth);
      var unmet = object();
      unmet
          .putArray("allOf")
          .add(not(schema.get("if")))
          .add(schema.has("else") ? schema.get("else") : truth);
      pairs.add(List.of(document.child(schema, met, ""), document.child(schema, unmet, "")));
    }
    for (var keyword : List.of("dependentRequired", "dependencies")) {
      SchemaEvaluation.neededNames(schema, keyword)
          .forEach((name, needed) -> {
            var required = object();
            needed.forEach(required.putArray("required")::add);
            pairs.add(List.of(absent(schema, name), document.child(schema, required, "")));
          });
    }
    for (var keyword : List.of("dependentSchemas", "dependencies")) {
      document
          .named(schema, keyword)
          .forEach((name, needed) -> pairs.add(List.of(absent(schema, name), needed)));
    }
    return pairs;
  }

  private Subschema absent(Subschema schema, String name) {
    var absent = object();
    absent.putObject("properties").put(name, false);
    return document.child(schema, absent, "");
  }
}

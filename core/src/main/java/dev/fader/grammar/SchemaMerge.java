package dev.fader.grammar;

import java.math.BigDecimal;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Two schemas that both hold as one (`allOf`, and what stands beside `anyOf` or `$ref`). What
/// cannot be one is refused.
final class SchemaMerge {
  /// What says nothing about values.
  static final Set<String> ANNOTATIONS =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly");

  private final String where;

  SchemaMerge(String where) {
    this.where = where;
  }

  /// `first` and `second` as one.
  ObjectNode merged(ObjectNode first, ObjectNode second) {
    var both = first.deepCopy();
    for (var keyword : second.properties()) {
      var name = keyword.getKey();
      var known = both.get(name);
      if (known == null || known.equals(keyword.getValue())) {
        both.set(name, keyword.getValue());
      } else if (!ANNOTATIONS.contains(name)) {
        both.set(name, merged(name, known, keyword.getValue()));
      }
    }
    return both;
  }

  private JsonNode merged(String name, JsonNode first, JsonNode second) {
    return switch (name) {
      case "properties" -> properties(first, second);
      case "required" -> union(first, second);
      case "enum" -> common(first, second, name);
      case "type" -> common(list(first), list(second), name);
      case "minimum", "exclusiveMinimum", "minLength", "minItems" -> bound(name, first, second, 1);
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems" -> bound(name, first, second, -1);
      default ->
          throw new GrammarException(
              "JSON Schema %s: two different '%s' that both hold cannot be held: write one"
                  .formatted(where, name));
    };
  }

  private static JsonNode properties(JsonNode first, JsonNode second) {
    var both = JsonNodeFactory.instance.objectNode();
    first.properties().forEach(property -> both.set(property.getKey(), property.getValue()));
    for (var property : second.properties()) {
      var known = both.get(property.getKey());
      if (known == null || known.equals(property.getValue())) {
        both.set(property.getKey(), property.getValue());
      } else {
        var all = JsonNodeFactory.instance.objectNode();
        all.putArray("allOf").add(known).add(property.getValue());
        both.set(property.getKey(), all);
      }
    }
    return both;
  }

  private static ArrayNode list(JsonNode oneOrMore) {
    return oneOrMore instanceof ArrayNode array
        ? array
        : JsonNodeFactory.instance.arrayNode().add(oneOrMore);
  }

  private static ArrayNode union(JsonNode first, JsonNode second) {
    var all = JsonNodeFactory.instance.arrayNode();
    for (var list : new JsonNode[] {first, second}) {
      for (var value : list) {
        if (!contains(all, value)) {
          all.add(value);
        }
      }
    }
    return all;
  }

  private ArrayNode common(JsonNode first, JsonNode second, String name) {
    var both = JsonNodeFactory.instance.arrayNode();
    for (var value : first) {
      if (contains(second, value)) {
        both.add(value);
      }
    }
    if (both.isEmpty()) {
      throw new GrammarException(
          "JSON Schema %s: two '%s' that both hold have nothing in common".formatted(where, name));
    }
    return both;
  }

  private static boolean contains(JsonNode list, JsonNode wanted) {
    for (var value : list) {
      if (value.equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  private JsonNode bound(String name, JsonNode first, JsonNode second, int sign) {
    if (!first.isNumber() || !second.isNumber()) {
      throw new GrammarException("JSON Schema %s: '%s' is no number".formatted(where, name));
    }
    BigDecimal difference = first.decimalValue().subtract(second.decimalValue());
    return sign * difference.signum() >= 0 ? first : second;
  }
}

package dev.fader.grammar.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// JSON values with the equality of JSON Schema: 1 and 1.0 are equal, the order of members does not
/// matter.
final class JsonValues {
  private JsonValues() {}

  /// A key that is equal exactly for equal values.
  static Object key(JsonNode value) {
    return switch (JsonKind.of(value)) {
      case NUMBER -> value.decimalValue().stripTrailingZeros();
      case ARRAY -> {
        var items = new ArrayList<Object>(value.size());
        value.forEach(item -> items.add(key(item)));
        yield items;
      }
      case OBJECT -> {
        var members = new HashMap<String, Object>();
        value.properties().forEach(member -> members.put(member.getKey(), key(member.getValue())));
        yield members;
      }
      case STRING, BOOLEAN, NULL -> value;
    };
  }

  /// How many values a value is made of.
  static long nodes(JsonNode value) {
    long nodes = 1;
    for (var part : value) {
      nodes += nodes(part);
    }
    return nodes;
  }

  static boolean same(JsonNode first, JsonNode second) {
    return key(first).equals(key(second));
  }

  static Set<Object> keys(Iterable<JsonNode> values) {
    var keys = new HashSet<Object>();
    values.forEach(value -> keys.add(key(value)));
    return keys;
  }

  static boolean contains(List<JsonNode> values, JsonNode wanted) {
    return keys(values).contains(key(wanted));
  }

  /// Removes duplicates.
  static List<JsonNode> distinct(Iterable<JsonNode> values) {
    var seen = new HashSet<Object>();
    var distinct = new ArrayList<JsonNode>();
    for (var value : values) {
      if (seen.add(key(value))) {
        distinct.add(value);
      }
    }
    return distinct;
  }

  /// Whether two items are equal.
  static boolean repeats(JsonNode array) {
    return keys(array).size() < array.size();
  }
}

package dev.fader.grammar;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// JSON values compared as JSON Schema compares them: 1 and 1.0 are the same, members have no
/// order.
final class JsonValues {
  private JsonValues() {}

  static boolean same(JsonNode first, JsonNode second) {
    if (JsonKind.of(first) != JsonKind.of(second) || first.size() != second.size()) {
      return false;
    }
    return switch (JsonKind.of(first)) {
      case NUMBER -> first.decimalValue().compareTo(second.decimalValue()) == 0;
      case ARRAY -> {
        for (int i = 0; i < first.size(); i++) {
          if (!same(first.get(i), second.get(i))) {
            yield false;
          }
        }
        yield true;
      }
      case OBJECT -> {
        for (var member : first.properties()) {
          var other = second.get(member.getKey());
          if (other == null || !same(member.getValue(), other)) {
            yield false;
          }
        }
        yield true;
      }
      case STRING, BOOLEAN, NULL -> first.equals(second);
    };
  }

  static boolean contains(List<JsonNode> values, JsonNode wanted) {
    for (var value : values) {
      if (same(value, wanted)) {
        return true;
      }
    }
    return false;
  }

  /// Whether two items are the same.
  static boolean repeats(JsonNode array) {
    for (int i = 0; i < array.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (same(array.get(i), array.get(j))) {
          return true;
        }
      }
    }
    return false;
  }
}

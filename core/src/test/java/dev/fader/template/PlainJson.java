package dev.fader.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// JSON as the plain values that templates take.
final class PlainJson {
  private PlainJson() {}

  static Map<String, Object> variables(JsonNode object) {
    var variables = new LinkedHashMap<String, Object>();
    object.properties().forEach(entry -> variables.put(entry.getKey(), value(entry.getValue())));
    return variables;
  }

  /// The same, each as someone else's.
  static Map<String, Object> untrusted(Map<String, Object> variables) {
    var untrusted = new LinkedHashMap<String, Object>();
    variables.forEach((name, value) -> untrusted.put(name, new Untrusted(value)));
    return untrusted;
  }

  static Object value(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> variables(node);
      case ARRAY -> {
        var list = new ArrayList<Object>();
        node.forEach(item -> list.add(value(item)));
        yield list;
      }
      case STRING -> node.stringValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER ->
          node.isIntegralNumber() ? (Object) node.longValue() : (Object) node.doubleValue();
      default -> Template.NONE;
    };
  }
}

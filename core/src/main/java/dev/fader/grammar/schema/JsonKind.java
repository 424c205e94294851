package dev.fader.grammar.schema;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The types of JSON values. An integer is a number that is a multiple of 1.
enum JsonKind {
  OBJECT,
  ARRAY,
  STRING,
  NUMBER,
  BOOLEAN,
  NULL;

  static JsonKind of(JsonNode value) {
    if (value.isObject()) {
      return OBJECT;
    }
    if (value.isArray()) {
      return ARRAY;
    }
    if (value.isString()) {
      return STRING;
    }
    if (value.isNumber()) {
      return NUMBER;
    }
    return value.isBoolean() ? BOOLEAN : NULL;
  }

  /// The kind that `type` names.
  static Optional<JsonKind> named(String type) {
    return switch (type) {
      case "object" -> Optional.of(OBJECT);
      case "array" -> Optional.of(ARRAY);
      case "string" -> Optional.of(STRING);
      case "number", "integer" -> Optional.of(NUMBER);
      case "boolean" -> Optional.of(BOOLEAN);
      case "null" -> Optional.of(NULL);
      default -> Optional.empty();
    };
  }
}

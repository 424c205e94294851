package dev.fader.grammar.schema;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A schema of a document: an object, true or false.
///
/// @param json the object; empty for true
/// @param path where it is
/// @param base the identifier of its resource, which references are relative to
/// @param number its index; the same JSON at the same path has one index
record Subschema(ObjectNode json, SchemaPlace path, String base, int number) {
  /// The index of `true`, which allows everything.
  static final int TRUE = 0;

  /// The index of `false`, which allows nothing.
  static final int FALSE = 1;

  boolean has(String keyword) {
    return json.has(keyword);
  }

  /// The value of a keyword that is present.
  JsonNode get(String keyword) {
    return json.get(keyword);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Subschema schema && number == schema.number;
  }

  @Override
  public int hashCode() {
    return number;
  }
}

package dev.fader.grammar.schema;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One schema of a document: an object, true or false.
///
/// @param json the object; empty for true
/// @param path where it stands, for people
/// @param base the identifier of the resource that it is in, which references are relative to
/// @param number its own; the same JSON at the same place has one number
record Subschema(ObjectNode json, String path, String base, int number) {
  /// The number of `true`, which allows all.
  static final int TRUE = 0;

  /// The number of `false`, which allows nothing.
  static final int FALSE = 1;

  boolean has(String keyword) {
    return json.has(keyword);
  }

  /// The value of a keyword that is there.
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

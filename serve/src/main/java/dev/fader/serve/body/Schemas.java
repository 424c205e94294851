package dev.fader.serve.body;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.JsonText;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// JSON Schemas of requests, within limits: grammars are made of them.
public final class Schemas {
  private static final int LONGEST = 64 << 10;
  private static final int DEEPEST = 32;

  private Schemas() {}

  /// A schema as text.
  ///
  /// @param path of it in the body
  /// @throws ApiException if it is too large or too deep
  public static String text(JsonNode schema, String path) {
    if (!schema.isObject() && !schema.isBoolean()) {
      throw ApiException.invalid(path, "`%s` must be a JSON Schema, an object".formatted(path));
    }
    var text = JsonText.text(schema);
    if (text.length() > LONGEST) {
      throw ApiException.invalid(
          path,
          "`%s` has %d characters, and may have at most %d"
              .formatted(path, text.length(), LONGEST));
    }
    int depth = depth(schema);
    if (depth > DEEPEST) {
      throw ApiException.invalid(
          path,
          "`%s` is nested %d deep, and may be at most %d deep".formatted(path, depth, DEEPEST));
    }
    return text;
  }

  private static int depth(JsonNode value) {
    int depth = 0;
    List<JsonNode> level = List.of(value);
    while (!level.isEmpty()) {
      depth++;
      var next = new ArrayList<JsonNode>();
      for (var node : level) {
        for (var child : node.values()) {
          if (child.isContainer()) {
            next.add(child);
          }
        }
      }
      level = next;
    }
    return depth;
  }
}

package dev.fader.serve.body;

import dev.fader.serve.http.ApiException;
import tools.jackson.databind.JsonNode;

/// The JSON Schemas of a request's tools, within limits of each and of all together.
public final class ToolSchemas {
  private static final int LONGEST = 512 << 10;

  private int length;

  /// Takes one more.
  ///
  /// @param path of it in the body
  /// @throws ApiException if it is too large or too deep, or all are too large together
  public void add(JsonNode schema, String path) {
    length += Schemas.text(schema, path).length();
    if (length > LONGEST) {
      throw ApiException.invalid(
          path,
          "the schemas of all tools up to `%s` have %d characters together, and may have %d: send"
                  .formatted(path, length, LONGEST)
              + " fewer tools, or shorten their descriptions");
    }
  }
}

package dev.fader.answer;

/// What the content of an answer must look like.
public sealed interface ResponseFormat {
  /// As the model likes.
  ResponseFormat TEXT = new Text();

  /// Any text.
  record Text() implements ResponseFormat {}

  /// Any JSON object.
  record JsonObject() implements ResponseFormat {}

  /// JSON that a JSON Schema describes.
  ///
  /// @param schema JSON text
  record JsonSchema(String schema) implements ResponseFormat {}

  /// A text of a grammar.
  ///
  /// @param gbnf see [dev.fader.grammar.Grammar#parse]
  record Gbnf(String gbnf) implements ResponseFormat {}
}

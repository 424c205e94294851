package dev.fader.serve.openai;

import dev.fader.answer.ResponseFormat;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.GrammarFields;
import dev.fader.serve.body.Schemas;
import dev.fader.serve.http.ApiException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What the content of an answer is to look like.
final class FormatFields {
  private static final String SCHEMA = "schema";

  private FormatFields() {}

  /// Of a chat completion: `response_format`, or llama.cpp's `grammar` or `json_schema`.
  ///
  /// @throws ApiException if a field is wrong
  static ResponseFormat ofChat(BodyFields body) {
    var grammar = GrammarFields.gbnf(body);
    var bare = GrammarFields.schema(body);
    if (grammar.isPresent()) {
      return new ResponseFormat.Gbnf(grammar.get());
    }
    if (bare.isPresent()) {
      return new ResponseFormat.JsonSchema(bare.get());
    }
    var format = body.object("response_format");
    if (format.isEmpty()) {
      return ResponseFormat.TEXT;
    }
    var type = type(format.get());
    if (type.equals("json_schema") && !format.get().has(SCHEMA)) {
      var inner = format.get().object("json_schema");
      return schema(inner.orElseThrow(() -> format.get().missing("json_schema")));
    }
    return of(type, format.get());
  }

  /// Of a response: `text.format`.
  ///
  /// @throws ApiException if a field is wrong
  static ResponseFormat ofResponse(BodyFields body) {
    return body.object("text")
        .flatMap(text -> text.object("format"))
        .map(format -> of(type(format), format))
        .orElse(ResponseFormat.TEXT);
  }

  private static String type(BodyFields format) {
    var type = format.requiredText("type");
    if (!List.of("text", "json_object", "json_schema").contains(type)) {
      throw format.wrong("type", "text, json_object or json_schema");
    }
    return type;
  }

  private static ResponseFormat of(String type, BodyFields format) {
    return switch (type) {
      case "json_schema" -> schema(format);
      // With a schema, as llama.cpp has it.
      case "json_object" -> format.has(SCHEMA) ? schema(format) : new ResponseFormat.JsonObject();
      default -> ResponseFormat.TEXT;
    };
  }

  private static ResponseFormat schema(BodyFields format) {
    JsonNode schema = format.value(SCHEMA).orElseThrow(() -> format.missing(SCHEMA));
    return new ResponseFormat.JsonSchema(Schemas.text(schema, format.path(SCHEMA)));
  }
}

package dev.fader.serve.body;

import dev.fader.serve.http.ApiException;
import java.util.Optional;

/// Grammars of requests, within limits.
public final class GrammarFields {
  private static final int LONGEST = 64 << 10;

  private GrammarFields() {}

  /// llama.cpp's field `grammar`: GBNF, if there is any.
  ///
  /// @throws ApiException if it is too long, or to begin later than the text
  public static Optional<String> gbnf(BodyFields body) {
    var gbnf = body.text("grammar").filter(text -> !text.isEmpty());
    if (gbnf.isPresent() && body.flag("grammar_lazy", false)) {
      throw body.refused(
          "grammar_lazy",
          "grammars hold from the first token: leave it out, or send `tools` instead");
    }
    if (gbnf.isPresent() && gbnf.get().length() > LONGEST) {
      throw body.refused(
          "grammar",
          "it has %d characters, and may have at most %d".formatted(gbnf.get().length(), LONGEST));
    }
    return gbnf;
  }

  /// llama.cpp's field `json_schema`, if there is one.
  ///
  /// @throws ApiException if it is no schema, or there is a grammar, too
  public static Optional<String> schema(BodyFields body) {
    var schema = body.value("json_schema");
    if (schema.isPresent() && gbnf(body).isPresent()) {
      throw body.refused("grammar", "there is `json_schema`, too: send one of them");
    }
    return schema.map(json -> Schemas.text(json, "json_schema"));
  }
}

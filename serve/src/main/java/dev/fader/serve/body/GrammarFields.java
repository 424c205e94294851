package dev.fader.serve.body;

import dev.fader.serve.http.ApiException;
import java.util.Optional;

/// Grammars of requests, within limits.
public final class GrammarFields {
  private static final int LONGEST = 64 << 10;

  private GrammarFields() {}

  /// llama.cpp's field `grammar`: GBNF, if there is any.
  ///
  /// @throws ApiException if it is too long
  public static Optional<String> gbnf(BodyFields body) {
    var gbnf = body.text("grammar").filter(text -> !text.isEmpty());
    if (gbnf.isPresent() && gbnf.get().length() > LONGEST) {
      throw body.refused(
          "grammar",
          "it has %d characters, and may have at most %d".formatted(gbnf.get().length(), LONGEST));
    }
    return gbnf;
  }
}

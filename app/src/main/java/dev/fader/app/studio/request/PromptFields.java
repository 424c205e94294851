package dev.fader.app.studio.request;

import dev.fader.format.FormatException;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixException;
import dev.fader.model.mix.MixFile;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// The fields of a prompt and of the faders that are turned for it.
public final class PromptFields {
  private PromptFields() {}

  /// The mix in a body.
  ///
  /// @throws ApiException if it is none
  public static Optional<Mix> mix(BodyFields body) {
    return body.object("mix").map(fields -> mix((ObjectNode) fields.json()));
  }

  private static Mix mix(ObjectNode object) {
    try {
      return MixFile.of(object);
    } catch (FormatException | MixException wrong) {
      var error = ApiException.invalid("mix", String.valueOf(wrong.getMessage()));
      error.initCause(wrong);
      throw error;
    }
  }

  /// The text of a prompt; nothing if its tokens are given.
  ///
  /// @throws ApiException if there is neither, or both
  public static Optional<String> text(BodyFields body) {
    var text = body.text("text");
    if (text.isPresent() == body.has("tokens")) {
      throw ApiException.invalid(
          "text",
          text.isPresent()
              ? "`text` and `tokens` exclude each other: give one of them"
              : "`text` is missing: give it, or `tokens`");
    }
    return text;
  }
}

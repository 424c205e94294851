package dev.fader.serve.openai;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// A text of a request, given as such or as the ids of its tokens.
final class Prompt {
  private final Optional<String> text;
  private final int[] tokens;

  private Prompt(Optional<String> text, int[] tokens) {
    this.text = text;
    this.tokens = tokens;
  }

  /// The text, if it was given as one.
  Optional<String> text() {
    return text;
  }

  /// The ids of its tokens, those included that stand before every text if it was given as one.
  int[] tokens() {
    return tokens.clone();
  }

  /// Reads those of a field: a text, the ids of tokens, or a list of either.
  static final class Reader {
    private final Function<String, int[]> encoder;
    private final int vocabulary;
    private final int most;

    /// @param encoder from texts to tokens
    /// @param vocabulary how many tokens there are
    /// @param most prompts
    Reader(Function<String, int[]> encoder, int vocabulary, int most) {
      this.encoder = encoder;
      this.vocabulary = vocabulary;
      this.most = most;
    }

    /// @throws ApiException if the field is wrong
    List<Prompt> read(BodyFields body, String name) {
      var value = body.value(name).orElseThrow(() -> body.missing(name));
      var path = body.path(name);
      if (value.isString()) {
        return List.of(text(value, path));
      }
      if (!value.isArray() || value.isEmpty()) {
        throw ApiException.invalid(
            path,
            "`%s` must be a text, a list of texts, or token ids: give at least one"
                .formatted(path));
      }
      if (value.get(0).isNumber()) {
        return List.of(tokens(value, path));
      }
      var prompts = new ArrayList<Prompt>();
      for (var item : body.list(name, most)) {
        var at = "%s[%d]".formatted(path, prompts.size());
        prompts.add(item.isArray() ? tokens(item, at) : text(item, at));
      }
      return prompts;
    }

    private Prompt text(JsonNode value, String path) {
      var text = BodyFields.text(path, value);
      try {
        return new Prompt(Optional.of(text), encoder.apply(text));
      } catch (IllegalArgumentException wrong) {
        throw ApiException.invalid(path, "`%s`: %s".formatted(path, wrong.getMessage()));
      }
    }

    private Prompt tokens(JsonNode list, String path) {
      if (list.isEmpty()) {
        throw ApiException.invalid(
            path, "`%s` is an empty list: give at least one token".formatted(path));
      }
      return new Prompt(Optional.empty(), BodyFields.tokens(path, list, vocabulary));
    }
  }
}

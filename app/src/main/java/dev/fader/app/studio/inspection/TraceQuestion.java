package dev.fader.app.studio.inspection;

import dev.fader.app.studio.request.PromptFields;
import dev.fader.app.view.TokenChoice;
import dev.fader.app.view.TokenPieces;
import dev.fader.app.view.TraceView;
import dev.fader.inspect.trace.LogitLens;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What is asked about a text, and of which model.
///
/// @param lease of the model that is asked
/// @param model with the faders that were turned
record TraceQuestion(Exchange exchange, BodyFields body, ModelLease lease, TracedModel model) {
  String name() {
    return lease.name();
  }

  /// The text, whose tokens stand in `tokens` if not in `text`.
  ///
  /// @throws ApiException if there is none, or both
  int[] ids() {
    var text = PromptFields.text(body);
    if (text.isEmpty()) {
      return BodyFields.tokens(
          "tokens", list("tokens", model.config().context()), model.config().vocabularySize());
    }
    if (model.tokenizer().isEmpty()) {
      throw ApiException.invalid(
          "text", "the model %s has no tokenizer: give `tokens`".formatted(name()));
    }
    int[] ids = model.tokens(text.get());
    if (ids.length == 0) {
      throw ApiException.invalid("text", "`text` is empty: give some");
    }
    return ids;
  }

  private TokenChoice choice() {
    return new TokenChoice(
        "the model " + name(), model.tokenizer(), model.config().vocabularySize());
  }

  /// The tokens of another text: as text, or as `ids:` and token ids.
  int[] tokens(String field, String given) {
    try {
      return choice().tokens(field, given);
    } catch (IllegalArgumentException wrong) {
      throw invalid(field, wrong);
    }
  }

  private static ApiException invalid(String field, IllegalArgumentException wrong) {
    var error = ApiException.invalid(field, String.valueOf(wrong.getMessage()));
    error.initCause(wrong);
    return error;
  }

  /// A token that a field names: as the command line has it, or by its id.
  Optional<Integer> token(String field) {
    return named(field)
        .map(given -> {
          try {
            return choice().token(field, given);
          } catch (IllegalArgumentException wrong) {
            throw invalid(field, wrong);
          }
        });
  }

  private Optional<String> named(String field) {
    return body.value(field).filter(value -> value.isIntegralNumber()).isPresent()
        ? body.wholeLong(field, 0, model.config().vocabularySize() - 1L).map(id -> "id:" + id)
        : body.text(field);
  }

  /// What is asked of the prediction after a position.
  TokenMeasure measure(int[] ids, int position) {
    var asked = new TokenChoice.Asked("token", named("token"), "against", named("against"));
    int usual = asked.token().isEmpty() ? LogitLens.mostProbable(model, ids, position) : -1;
    return choice().measure(asked, usual);
  }

  /// After which token of the text; the last if it is not said.
  int position(int[] ids) {
    return body.whole("position", 0, ids.length - 1).orElse(ids.length - 1);
  }

  /// After which tokens of the text; the last if it is not said.
  int[] positions(int[] ids) {
    return body.has("positions")
        ? BodyFields.tokens("positions", list("positions", ids.length), ids.length)
        : new int[] {ids.length - 1};
  }

  private JsonNode list(String field, int most) {
    if (body.list(field, most).isEmpty()) {
      throw body.wrong(field, "a list of at least one number");
    }
    return body.required(field, "a list");
  }

  /// A layer or a head, which must be said.
  int number(String field, int count) {
    return body.whole(field, 0, count - 1).orElseThrow(() -> body.missing(field));
  }

  /// How many are shown.
  int shown(int usual, int most) {
    return body.whole("top", 1, most).orElse(usual);
  }

  /// Makes sure of the memory of an answer with so many numbers.
  void reserve(long numbers) {
    exchange.reserve(Math.multiplyExact(numbers, JsonText.BYTES_OF_NUMBER));
  }

  TraceView view() {
    return new TraceView(new TokenPieces(model.tokenizer()));
  }
}

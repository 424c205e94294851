package dev.fader.app.studio.board;

import dev.fader.app.studio.request.PromptFields;
import dev.fader.model.mix.Mix;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.util.Optional;

/// The fields that requests of the board share: a model, a prompt as text or tokens, and a mix.
///
/// @param given that the request has
record BoardQuestion(Exchange exchange, BodyFields body, Optional<Mix> given) {
  /// Letters of a prompt: more than any context has tokens for.
  private static final int LONGEST_TEXT = 1 << 20;

  /// Numbers that a token takes up in an answer, with its piece.
  private static final int TOKEN_NUMBERS = 8;

  /// @throws ApiException if the body is no object, or its mix none
  static BoardQuestion of(Exchange exchange) {
    return of(exchange, BodyFields.of(exchange.body()));
  }

  static BoardQuestion of(Exchange exchange, BodyFields body) {
    return new BoardQuestion(exchange, body, PromptFields.mix(body));
  }

  /// The model that is asked for, to be given back.
  ///
  /// @throws ApiException if there is none, or it cannot be opened
  /// @throws InterruptedException if the thread is interrupted meanwhile
  ModelLease lease(ServedModels models) throws InterruptedException {
    return models.lease(Optional.of(body.requiredText("model")));
  }

  /// The mix that the request has, or the one that the model is served with.
  Mix mix(ModelLease lease) {
    return given.orElse(lease.model().mix());
  }

  /// The tokens of the prompt.
  ///
  /// @throws ApiException if there is none, or both a text and tokens
  int[] prompt(ModelLease lease) {
    var text = PromptFields.text(body);
    return text.isPresent() ? textTokens(lease, text.get()) : tokens(lease);
  }

  private int[] tokens(ModelLease lease) {
    var config = lease.serving().model().config();
    var given = body.list("tokens", config.context());
    if (given.isEmpty()) {
      throw body.wrong("tokens", "a list of at least one id");
    }
    return BodyFields.tokens(
        "tokens", body.required("tokens", "a list of ids"), config.vocabularySize());
  }

  /// The tokens of the text in `text`, with those that stand before every text of the model.
  ///
  /// @throws ApiException if it is too long, or the model has no tokenizer
  int[] textTokens(ModelLease lease, String text) {
    if (text.length() > LONGEST_TEXT) {
      throw body.refused(
          "text",
          "it has %d characters, and may have at most %d: send less"
              .formatted(text.length(), LONGEST_TEXT));
    }
    lease.tokenizer();
    return lease.serving().promptTokens(text);
  }

  /// How many tokens are told.
  int top(ModelLease lease, int usual, int most) {
    int vocabulary = lease.serving().model().config().vocabularySize();
    return Math.min(body.whole("top", 1, most).orElse(usual), vocabulary);
  }

  /// Makes sure of the memory that an answer of so many numbers and tokens takes.
  void reserve(long numbers, long tokens) {
    long all = Math.addExact(numbers, Math.multiplyExact(tokens, TOKEN_NUMBERS));
    exchange.reserve(Math.multiplyExact(all, JsonText.BYTES_OF_NUMBER));
  }
}

package dev.fader.serve.openai;

import dev.fader.answer.AnswerRequest;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ModelLease;
import dev.fader.tokenizer.Tokenizer;

/// What a model must have to be asked.
final class ChatModel {
  private ChatModel() {}

  /// Its tokenizer, which models of numbers alone have not.
  ///
  /// @throws ApiException if it has none
  static Tokenizer tokenizer(ModelLease lease) {
    try {
      return lease.serving().model().tokenizer();
    } catch (IllegalStateException none) {
      throw new ApiException(
              ApiException.Kind.NOT_SUPPORTED,
              "the model %s has no tokenizer, and texts need one".formatted(lease.name()))
          .at("model");
    }
  }

  /// Makes sure that a conversation leaves room for an answer where the server allows less than the
  /// model does.
  ///
  /// @throws ApiException if it does not
  static void requireRoom(ModelLease lease, AnswerRequest asked) {
    if (lease.usual().context() > 0) {
      lease.requireRoom(lease.serving().plan(asked).prompt().length);
    }
  }

  /// Makes sure that it is one for chats.
  ///
  /// @throws ApiException if it is not
  static void require(ModelLease lease) {
    tokenizer(lease);
    if (lease.serving().template().isEmpty()) {
      throw new ApiException(
              ApiException.Kind.NOT_SUPPORTED,
              "the model %s has no chat template: continue texts by /v1/completions, or give it one"
                  .formatted(lease.name()))
          .at("model");
    }
  }
}

package dev.fader.langchain4j;

import dev.fader.Serving;
import dev.fader.answer.AnswerRequest;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.List;

/// Counts tokens as a model reads them: exactly, with the tokens of its chat template and those
/// that begin the answer.
public final class FaderTokenCountEstimator implements TokenCountEstimator {
  private final Serving serving;

  /// Counts as the model of `serving` does, which the caller closes.
  public FaderTokenCountEstimator(Serving serving) {
    this.serving = serving;
  }

  @Override
  public int estimateTokenCountInText(String text) {
    return serving.model().tokenizer().encode(text).length;
  }

  @Override
  public int estimateTokenCountInMessage(ChatMessage message) {
    return estimateTokenCountInMessages(List.of(message));
  }

  @Override
  public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
    try {
      return serving.plan(new AnswerRequest(Requests.conversation(messages))).prompt().length;
    } catch (RuntimeException failed) {
      throw Exceptions.of(failed);
    }
  }
}

package dev.fader.langchain4j;

import dev.fader.AnswerStream;
import dev.fader.answer.AnswerRequest;
import dev.fader.schedule.GenerationRequest.Terms;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.List;

/// What a chat model is made with.
///
/// @param defaults what requests have that do not say otherwise, the name of a model among it
record ChatSettings(
    NamedModels models, ChatRequestParameters defaults, List<ChatModelListener> listeners) {
  ChatSettings {
    models.named(defaults.modelName());
    listeners = List.copyOf(listeners);
  }

  /// Hands over what a request asks.
  ///
  /// @param asked [Requests#answerRequest] of it
  AnswerStream submit(ChatRequest request, AnswerRequest asked) {
    var parameters = request.parameters();
    var model = models.named(parameters.modelName());
    return model
        .serving()
        .answer(
            asked,
            Requests.options(parameters),
            new Texts(1, model.strengths(), -1, 0),
            Terms.USUAL);
  }
}

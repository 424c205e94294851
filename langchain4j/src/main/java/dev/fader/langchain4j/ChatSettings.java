package dev.fader.langchain4j;

import dev.fader.AnswerStream;
import dev.fader.Serving;
import dev.fader.answer.AnswerRequest;
import dev.fader.schedule.GenerationRequest.Terms;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /// Collects what the builders of both kinds of chat models are told.
  static final class Builder {
    private final Map<String, NamedModels.NamedModel> models = new LinkedHashMap<>();
    private FaderChatRequestParameters defaults = FaderChatRequestParameters.builder().build();
    private final List<ChatModelListener> listeners = new ArrayList<>();

    void model(String name, Serving serving, List<Float> strengths) {
      models.put(name, new NamedModels.NamedModel(name, serving, strengths));
    }

    void defaults(ChatRequestParameters parameters) {
      defaults = FaderChatRequestParameters.builder().overrideWith(parameters).build();
    }

    void listeners(List<ChatModelListener> others) {
      listeners.addAll(others);
    }

    ChatSettings build() {
      var named = new NamedModels(models);
      var usual = FaderChatRequestParameters.builder().modelName(named.usual());
      return new ChatSettings(named, usual.overrideWith(defaults).build(), listeners);
    }
  }
}

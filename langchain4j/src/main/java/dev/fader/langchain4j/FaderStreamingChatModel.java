package dev.fader.langchain4j;

import dev.fader.answer.AnswerRequest;
import dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;

/// A streaming chat model of LangChain4j that runs inside the program; see [FaderChatModel].
///
/// Each request's handler is called by a virtual thread of its own.
public final class FaderStreamingChatModel implements StreamingChatModel {
  private final ChatSettings settings;

  private FaderStreamingChatModel(ChatSettings settings) {
    this.settings = settings;
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    var asked = Requests.answerRequest(request); // what is not supported is told at once
    Thread.ofVirtual().name("fader-langchain4j").start(() -> answer(request, asked, handler));
  }

  private void answer(
      ChatRequest request, AnswerRequest asked, StreamingChatResponseHandler handler) {
    try (var stream = settings.submit(request, asked)) {
      new StreamedAnswer(stream, request.parameters().modelName(), handler).run();
    } catch (RuntimeException refused) {
      var told = Exceptions.of(refused);
      InternalStreamingChatResponseHandlerUtils.withLoggingExceptions(() -> handler.onError(told));
    }
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return settings.defaults();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return settings.listeners();
  }

  @Override
  public Set<Capability> supportedCapabilities() {
    return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
  }

  /// Begins without a model.
  public static FaderChatModelBuilder<FaderStreamingChatModel> builder() {
    return new FaderChatModelBuilder<>(FaderStreamingChatModel::new);
  }
}

package dev.fader.langchain4j;

import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;

/// A chat model of LangChain4j that runs inside the program.
///
/// ```java
/// try (var model = LanguageModel.open(Path.of("qwen3.gguf"));
///     var serving = model.serve()) {
///   ChatModel chat = FaderChatModel.builder().model("qwen3", serving).build();
///   System.out.println(chat.chat("What is the capital of Germany?"));
/// }
/// ```
///
/// Requests of several threads, and of other models on the same [Serving], share its forward
/// passes. The caller closes the servings. Safe for use by several threads.
public final class FaderChatModel implements ChatModel {
  private final ChatSettings settings;

  private FaderChatModel(ChatSettings settings) {
    this.settings = settings;
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    try (var stream = settings.submit(request, Requests.answerRequest(request))) {
      var answered = stream.collect().getFirst();
      return Answers.response(
          request.parameters().modelName(), answered.answer(), answered.generation());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new LangChain4jException("the thread was interrupted, and the answer cancelled", stop);
    } catch (RuntimeException refused) {
      throw Exceptions.of(refused);
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
  public static FaderChatModelBuilder<FaderChatModel> builder() {
    return new FaderChatModelBuilder<>(FaderChatModel::new);
  }
}

package dev.fader.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/// What LangChain4j asks of chat models that tell listeners.
class FaderChatModelListenerTest extends AbstractChatModelListenerIT {
  private final OpenToy toy = new OpenToy();

  FaderChatModelListenerTest() throws IOException {}

  @AfterEach
  void close() {
    toy.close();
  }

  @Override
  protected ChatModel createModel(ChatModelListener listener) {
    var parameters =
        FaderChatRequestParameters.builder()
            .temperature(temperature())
            .topP(topP())
            .maxOutputTokens(maxTokens())
            .build();
    return toy.chat().defaultRequestParameters(parameters).listeners(List.of(listener)).build();
  }

  @Override
  protected String modelName() {
    return "toy";
  }

  @Override
  protected ChatModel createFailingModel(ChatModelListener listener) {
    var wrong = FaderChatRequestParameters.builder().temperature(-1.0).build();
    return toy.chat().defaultRequestParameters(wrong).listeners(List.of(listener)).build();
  }

  @Override
  protected Class<? extends Exception> expectedExceptionClass() {
    return InvalidRequestException.class;
  }
}

package dev.fader.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/// What LangChain4j asks of streaming chat models that tell listeners.
class FaderStreamingChatModelListenerTest extends AbstractStreamingChatModelListenerIT {
  private final OpenToy toy = new OpenToy();

  FaderStreamingChatModelListenerTest() throws IOException {}

  @AfterEach
  void close() {
    toy.close();
  }

  @Override
  protected StreamingChatModel createModel(ChatModelListener listener) {
    var parameters =
        FaderChatRequestParameters.builder()
            .temperature(temperature())
            .topP(topP())
            .maxOutputTokens(maxTokens())
            .build();
    return toy.streaming()
        .defaultRequestParameters(parameters)
        .listeners(List.of(listener))
        .build();
  }

  @Override
  protected String modelName() {
    return "toy";
  }

  @Override
  protected StreamingChatModel createFailingModel(ChatModelListener listener) {
    var wrong = FaderChatRequestParameters.builder().temperature(-1.0).build();
    return toy.streaming().defaultRequestParameters(wrong).listeners(List.of(listener)).build();
  }

  @Override
  protected Class<? extends Exception> expectedExceptionClass() {
    return InvalidRequestException.class;
  }
}

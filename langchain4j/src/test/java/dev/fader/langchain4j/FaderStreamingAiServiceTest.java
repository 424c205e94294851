package dev.fader.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/// What LangChain4j's AI services ask of streaming chat models.
class FaderStreamingAiServiceTest extends AbstractStreamingAiServiceIT {
  private final OpenToy toy = new OpenToy();

  FaderStreamingAiServiceTest() throws IOException {}

  @AfterAll
  void close() {
    toy.close();
  }

  @Override
  protected List<StreamingChatModel> models() {
    return List.of(toy.streaming().build());
  }
}

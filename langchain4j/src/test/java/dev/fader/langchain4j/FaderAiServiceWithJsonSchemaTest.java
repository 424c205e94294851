package dev.fader.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/// What LangChain4j's AI services ask of chat models.
class FaderAiServiceWithJsonSchemaTest extends AbstractAiServiceWithJsonSchemaIT {
  private final OpenToy toy = new OpenToy();

  FaderAiServiceWithJsonSchemaTest() throws IOException {}

  @AfterAll
  void close() {
    toy.close();
  }

  @Override
  protected List<ChatModel> models() {
    return List.of(toy.chat().build());
  }

  @Override
  protected boolean supportsRecursion() {
    return true;
  }
}

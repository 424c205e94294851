package dev.fader.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/// What LangChain4j's AI services ask of chat models.
class FaderAiServiceWithToolsTest extends AbstractAiServiceWithToolsIT {
  private final OpenToy toy = new OpenToy();

  FaderAiServiceWithToolsTest() throws IOException {}

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

  /// In place of one from the network; it is refused whatever it shows.
  @Override
  protected Image catImage() {
    return Image.builder().base64Data("").mimeType("image/png").build();
  }
}

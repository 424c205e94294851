package dev.fader.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/// What LangChain4j asks of every chat model.
class FaderChatModelTest extends AbstractChatModelIT {
  private final OpenToy toy = new OpenToy();

  FaderChatModelTest() throws IOException {}

  @AfterAll
  void close() {
    toy.close();
  }

  @Override
  protected List<ChatModel> models() {
    return List.of(toy.chat().build());
  }

  @Override
  protected String customModelName() {
    return "toy-again";
  }

  @Override
  protected ChatModel createModelWith(ChatRequestParameters parameters) {
    return toy.chat()
        .defaultRequestParameters(ToyModel.greedy().overrideWith(parameters).build())
        .build();
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return FaderChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  @Override
  protected boolean supportsSingleImageInputAsBase64EncodedString() {
    return false;
  }

  @Override
  protected boolean supportsSingleImageInputAsPublicURL() {
    return false;
  }
}

package dev.fader.langchain4j;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.atLeast;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.mockito.InOrder;

/// What LangChain4j asks of every streaming chat model.
class FaderStreamingChatModelTest extends AbstractStreamingChatModelIT {
  private final OpenToy toy = new OpenToy();

  FaderStreamingChatModelTest() throws IOException {}

  @AfterAll
  void close() {
    toy.close();
  }

  @Override
  protected List<StreamingChatModel> models() {
    return List.of(toy.streaming().build());
  }

  @Override
  public StreamingChatModel createModelWith(ChatModelListener listener) {
    return toy.streaming().listeners(List.of(listener)).build();
  }

  @Override
  protected String customModelName() {
    return "toy-again";
  }

  @Override
  protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
    return toy.streaming()
        .defaultRequestParameters(ToyModel.greedy().overrideWith(parameters).build())
        .build();
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return FaderChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  @Override
  protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, String id) {
    verifyCall(handler, io, new Expected(0, id, "getWeather", "{\"city\":\"Munich\"}"));
  }

  @Override
  protected void verifyToolCallbacks(
      StreamingChatResponseHandler handler, InOrder io, String id1, String id2) {
    verifyCall(handler, io, new Expected(0, id1, "getWeather", "{\"city\":\"Munich\"}"));
    verifyCall(handler, io, new Expected(1, id2, "getTime", "{\"country\":\"France\"}"));
  }

  private record Expected(int index, String id, String name, String arguments) {}

  private static void verifyCall(
      StreamingChatResponseHandler handler, InOrder io, Expected expected) {
    io.verify(handler, atLeast(1))
        .onPartialToolCall(
            argThat(call ->
                call.index() == expected.index
                    && call.id().equals(expected.id)
                    && call.name().equals(expected.name)
                    && !call.partialArguments().isBlank()),
            any());
    io.verify(handler)
        .onCompleteToolCall(
            argThat(call ->
                call.index() == expected.index
                    && call.toolExecutionRequest().id().equals(expected.id)
                    && call.toolExecutionRequest().name().equals(expected.name)
                    && call.toolExecutionRequest()
                        .arguments()
                        .replace(" ", "")
                        .equals(expected.arguments)));
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

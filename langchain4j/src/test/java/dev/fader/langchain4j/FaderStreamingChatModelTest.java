package dev.fader.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.atLeast;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
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

  /// LangChain4j's own test of it waits thirty seconds for calls that are not to come. Here a
  /// second request, which would come after them, is answered in full.
  @Override
  protected boolean supportsStreamingCancellation() {
    return false;
  }

  @Test
  void aCancelledRequestCallsNoMore() {
    var model = toy.streaming().build();
    var cancelled = new AtomicReference<StreamingHandle>();
    var calls = new ArrayList<String>();
    var left = new CompletableFuture<Void>();
    model.chat(
        "Tell me a long story about animals",
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            calls.add("partial");
            cancelled.set(context.streamingHandle());
            assertFalse(cancelled.get().isCancelled());
            if (calls.size() == 3) {
              cancelled.get().cancel();
              left.complete(null);
            }
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            calls.add("complete");
            left.complete(null);
          }

          @Override
          public void onError(Throwable error) {
            calls.add(error.toString());
            left.complete(null);
          }
        });
    left.orTimeout(60, TimeUnit.SECONDS).join();
    var whole = new CompletableFuture<ChatResponse>();
    var all = new AtomicInteger();
    model.chat(
        "Tell me a long story about animals",
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String partial) {
            all.incrementAndGet();
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    whole.orTimeout(60, TimeUnit.SECONDS).join();
    assertTrue(all.get() > 3, "there was more to come: " + all + " in all");
    assertEquals(Collections.nCopies(3, "partial"), calls);
    assertTrue(cancelled.get().isCancelled());
    cancelled.get().cancel(); // again
    assertTrue(cancelled.get().isCancelled());
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

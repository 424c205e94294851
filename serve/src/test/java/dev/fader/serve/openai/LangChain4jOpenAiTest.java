package dev.fader.serve.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.TinyModel;
import dev.fader.serve.TinyServer;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiLanguageModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingLanguageModel;
import dev.langchain4j.model.output.FinishReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// LangChain4j's client of OpenAI's interface.
@Timeout(60)
class LangChain4jOpenAiTest {
  private static final ToolSpecification PAINT =
      ToolSpecification.builder()
          .name("paint")
          .description("Paints the house")
          .parameters(
              JsonObjectSchema.builder()
                  .addEnumProperty("color", List.of("red", "blue"))
                  .required("color")
                  .additionalProperties(false)
                  .build())
          .build();

  @TempDir private static Path folder;
  private static TinyServer server;

  @BeforeAll
  static void start() throws IOException {
    server = TinyServer.start(folder.resolve("tiny"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static OpenAiChatModel.OpenAiChatModelBuilder model(int tokens) {
    return OpenAiChatModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName(TinyServer.MODEL)
        .maxCompletionTokens(tokens)
        .maxRetries(0)
        .seed(1);
  }

  private static OpenAiStreamingChatModel streaming(int tokens) {
    return OpenAiStreamingChatModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName(TinyServer.MODEL)
        .maxCompletionTokens(tokens)
        .seed(1)
        .build();
  }

  private static ChatRequest.Builder asking() {
    return ChatRequest.builder().messages(UserMessage.from("hi"));
  }

  private static ChatResponse streamed(int tokens, ChatRequest request) {
    var whole = new CompletableFuture<ChatResponse>();
    var partial = new StringBuilder();
    streaming(tokens)
        .chat(
            request,
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String text) {
                partial.append(text);
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
              }

              @Override
              public void onError(Throwable failure) {
                whole.completeExceptionally(failure);
              }
            });
    var response = whole.join();
    if (response.aiMessage().text() != null) {
      assertEquals(response.aiMessage().text(), partial.toString());
    }
    return response;
  }

  @Test
  void chats() {
    var response = model(5).build().chat(asking().build());
    assertFalse(response.aiMessage().text().isEmpty());
    assertEquals(FinishReason.LENGTH, response.finishReason());
    assertEquals(5, response.tokenUsage().outputTokenCount());
  }

  @Test
  void streamsTheSameText() {
    var request = asking().build();
    var whole = model(6).build().chat(request);
    var streamed = streamed(6, request);
    assertEquals(whole.aiMessage(), streamed.aiMessage());
    assertEquals(whole.tokenUsage(), streamed.tokenUsage());
    assertEquals(FinishReason.LENGTH, streamed.finishReason());
  }

  @Test
  void forcedCalls() {
    var request = asking().toolSpecifications(PAINT).toolChoice(ToolChoice.REQUIRED).build();
    var whole = model(300).parallelToolCalls(false).build().chat(request);
    var call = whole.aiMessage().toolExecutionRequests().getFirst();
    assertEquals("paint", call.name());
    assertTrue(TinyServer.json(call.arguments()).get("color").isString());
    assertEquals(FinishReason.TOOL_EXECUTION, whole.finishReason());
    var streamed = streamed(300, request).aiMessage().toolExecutionRequests();
    assertTrue(TinyServer.json(streamed.getFirst().arguments()).get("color").isString());
  }

  @Test
  void resultsOfCallsGoBack() {
    var request = asking().toolSpecifications(PAINT).toolChoice(ToolChoice.REQUIRED).build();
    var first = model(300).parallelToolCalls(false).build().chat(request);
    AiMessage asked = first.aiMessage();
    var second =
        model(3)
            .build()
            .chat(
                ChatRequest.builder()
                    .messages(
                        UserMessage.from("hi"),
                        asked,
                        ToolExecutionResultMessage.from(
                            asked.toolExecutionRequests().getFirst(), "done"))
                    .toolSpecifications(PAINT)
                    .build());
    assertTrue(second.tokenUsage().inputTokenCount() > first.tokenUsage().inputTokenCount());
  }

  @Test
  void structuredContent() {
    var format =
        ResponseFormat.builder()
            .type(ResponseFormatType.JSON)
            .jsonSchema(JsonSchema.builder().name("paint").rootElement(PAINT.parameters()).build())
            .build();
    var response =
        model(200).strictJsonSchema(true).build().chat(asking().responseFormat(format).build());
    assertTrue(TinyServer.json(response.aiMessage().text()).get("color").isString());
    assertEquals(FinishReason.STOP, response.finishReason());
  }

  @Test
  void aWrongField() {
    var model = model(3).temperature(3.0).build();
    var error = assertThrows(InvalidRequestException.class, () -> model.chat(asking().build()));
    assertTrue(error.getMessage().contains("`temperature` is 3.0"), error.getMessage());
  }

  @Test
  void continuesTexts() {
    var model =
        OpenAiLanguageModel.builder()
            .baseUrl(server.address() + "/v1")
            .apiKey("none")
            .modelName(TinyServer.MODEL)
            .temperature(0.0)
            .maxRetries(0)
            .build();
    var whole = model.generate("the cat");
    assertEquals(16, whole.tokenUsage().outputTokenCount());
    var streamed = new CompletableFuture<String>();
    OpenAiStreamingLanguageModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName(TinyServer.MODEL)
        .temperature(0.0)
        .build()
        .generate(
            "the cat",
            new dev.langchain4j.model.StreamingResponseHandler<String>() {
              @Override
              public void onNext(String token) {}

              @Override
              public void onComplete(dev.langchain4j.model.output.Response<String> response) {
                streamed.complete(response.content());
              }

              @Override
              public void onError(Throwable failure) {
                streamed.completeExceptionally(failure);
              }
            });
    assertEquals(whole.content(), streamed.join());
  }

  @Test
  void embeds() {
    var model =
        OpenAiEmbeddingModel.builder()
            .baseUrl(server.address() + "/v1")
            .apiKey("none")
            .modelName(TinyServer.MODEL)
            .maxRetries(0)
            .build();
    var embedded = model.embedAll(List.of(TextSegment.from("a"), TextSegment.from("b")));
    assertEquals(2, embedded.content().size());
    assertEquals(TinyModel.WIDTH, embedded.content().getFirst().dimension());
    assertTrue(embedded.tokenUsage().inputTokenCount() > 0);
  }
}

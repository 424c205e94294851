package dev.fader.serve.openai;

import static dev.fader.serve.TinyServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.ModelServer;
import dev.fader.serve.ServerFor;
import dev.fader.serve.TinyModel;
import dev.fader.serve.TinyServer;
import dev.fader.serve.http.ApiKeys;
import dev.fader.serve.http.Hosts;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.metrics.AccessLog;
import dev.fader.serve.model.ServedModel;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.StreamingResponseHandler;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiLanguageModel;
import dev.langchain4j.model.openai.OpenAiModelCatalog;
import dev.langchain4j.model.openai.OpenAiModerationModel;
import dev.langchain4j.model.openai.OpenAiResponsesChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingLanguageModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
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

  private static OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder streaming(int tokens) {
    return OpenAiStreamingChatModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName(TinyServer.MODEL)
        .maxCompletionTokens(tokens)
        .seed(1);
  }

  private static OpenAiEmbeddingModel.OpenAiEmbeddingModelBuilder embedding() {
    return OpenAiEmbeddingModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName(TinyServer.MODEL)
        .maxRetries(0);
  }

  private static ChatRequest.Builder asking() {
    return ChatRequest.builder().messages(UserMessage.from("hi"));
  }

  /// That a tool must be called.
  private static ChatRequest calling(ToolSpecification... tools) {
    return asking().toolSpecifications(tools).toolChoice(ToolChoice.REQUIRED).build();
  }

  /// An answer of one call.
  private static ChatResponse called(ChatRequest request) {
    return model(300).parallelToolCalls(false).build().chat(request);
  }

  /// Hears of a streamed answer.
  private static class Heard implements StreamingChatResponseHandler {
    final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    final StringBuilder partial = new StringBuilder();

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
  }

  private static ChatResponse streamed(int tokens, ChatRequest request) {
    var heard = new Heard();
    streaming(tokens).build().chat(request, heard);
    var response = heard.whole.join();
    if (response.aiMessage().text() != null) {
      assertEquals(response.aiMessage().text(), heard.partial.toString());
    }
    return response;
  }

  /// @param told what the message has in it
  private static void refused(String told, Executable asking) {
    var refused = assertThrows(InvalidRequestException.class, asking);
    assertTrue(refused.getMessage().contains(told), refused::getMessage);
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
    var request = calling(PAINT);
    var whole = called(request);
    var call = whole.aiMessage().toolExecutionRequests().getFirst();
    assertEquals("paint", call.name());
    assertTrue(TinyServer.json(call.arguments()).get("color").isString());
    assertEquals(FinishReason.TOOL_EXECUTION, whole.finishReason());
    var streamed = streamed(300, request).aiMessage().toolExecutionRequests();
    assertTrue(TinyServer.json(streamed.getFirst().arguments()).get("color").isString());
  }

  @Test
  void resultsOfCallsGoBack() {
    var first = called(calling(PAINT));
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
    refused("`temperature` is 3.0", () -> model.chat(asking().build()));
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
            new StreamingResponseHandler<String>() {
              @Override
              public void onNext(String token) {}

              @Override
              public void onComplete(Response<String> response) {
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
    var segments = List.of(TextSegment.from("a"), TextSegment.from("b"));
    var embedded = embedding().build().embedAll(segments);
    assertEquals(2, embedded.content().size());
    assertEquals(TinyModel.WIDTH, embedded.content().getFirst().dimension());
    assertTrue(embedded.tokenUsage().inputTokenCount() > 0);
  }

  /// What comes next, temperature 0.
  private static String cold(OpenAiChatModel.OpenAiChatModelBuilder model) {
    return model.temperature(0.0).build().chat(asking().build()).aiMessage().text();
  }

  @Test
  void seedsDecideWhatIsDrawn() {
    var texts = new ArrayList<String>();
    for (int seed : new int[] {1, 1, 2}) {
      var drawn = model(20).temperature(1.5).topP(1.0).seed(seed).build();
      texts.add(drawn.chat(asking().build()).aiMessage().text());
    }
    assertEquals(texts.get(0), texts.get(1));
    assertNotEquals(texts.get(1), texts.get(2));
  }

  @Test
  void stopsEndTheText() {
    var free = cold(model(20));
    var stop = free.substring(free.length() / 2, free.length() / 2 + 2);
    var stopped =
        model(20).temperature(0.0).stop(List.of("not there", stop)).build().chat(asking().build());
    var expected = free.substring(0, free.indexOf(stop));
    assertEquals(expected.strip(), stopped.aiMessage().text().strip());
    assertEquals(FinishReason.STOP, stopped.finishReason());
  }

  @Test
  void biasesForceTokens() throws Exception {
    int id = server.ask("/tokenize", "{\"content\": \"cat\"}").at("/tokens/0").asInt();
    var expected =
        server
            .ask("/detokenize", "{\"tokens\": [%d, %d, %d]}".formatted(id, id, id))
            .get("content")
            .asString();
    var biased = cold(model(3).logitBias(Map.of(Integer.toString(id), 100)));
    assertEquals(expected.strip(), biased.strip());
  }

  @Test
  void likelihoodsAreTold() {
    var response = model(4).logprobs(true).topLogprobs(2).build().chat(asking().build());
    var told = ((OpenAiChatResponseMetadata) response.metadata()).logProbs();
    assertEquals(4, told.size());
    for (var one : told) {
      assertTrue(one.logprob() <= 0, one::toString);
      assertEquals(2, one.topLogprobs().size());
    }
  }

  @Test
  void theOldFieldForTheNumberOfTokens() {
    var old =
        OpenAiChatModel.builder()
            .baseUrl(server.address() + "/v1")
            .apiKey("none")
            .modelName(TinyServer.MODEL)
            .maxTokens(4)
            .maxRetries(0)
            .build();
    assertEquals(4, old.chat(asking().build()).tokenUsage().outputTokenCount());
  }

  @Test
  void responsesSayWhatTheyAre() {
    var model = model(2).user("u").store(false).metadata(Map.of("a", "b")).build();
    var asked = UserMessage.from("the cat sat on the mat. ".repeat(9)); // more than a page
    model.chat(asked);
    var metadata = (OpenAiChatResponseMetadata) model.chat(asked).metadata();
    assertTrue(metadata.id().startsWith("chatcmpl-"), metadata.id());
    assertEquals(TinyServer.MODEL, metadata.modelName());
    assertTrue(metadata.systemFingerprint().startsWith("b"), metadata.systemFingerprint());
    assertTrue(metadata.created() > 1_700_000_000L);
    var usage = metadata.tokenUsage();
    assertEquals(usage.inputTokenCount() + 2, usage.totalTokenCount());
    assertTrue(usage.inputTokensDetails().cachedTokens() > 0, "the prompt was read before");
    assertEquals(0, usage.outputTokensDetails().reasoningTokens());
  }

  private static final ToolSpecification WAIT =
      ToolSpecification.builder()
          .name("wait")
          .parameters(JsonObjectSchema.builder().additionalProperties(false).build())
          .build();

  @Test
  void callsMayBeParallel() {
    var request = calling(WAIT, PAINT);
    int most = 0;
    for (int seed = 0; seed < 20 && most < 2; seed++) {
      var calls =
          model(300)
              .seed(seed)
              .parallelToolCalls(true)
              .build()
              .chat(request)
              .aiMessage()
              .toolExecutionRequests();
      most = Math.max(most, calls.size());
      for (var call : calls) {
        assertTrue(List.of("wait", "paint").contains(call.name()), call::toString);
      }
      assertEquals(
          calls.size(), calls.stream().map(ToolExecutionRequest::id).distinct().count(), "ids");
    }
    assertTrue(most >= 2, "no seed of 20 has made two calls");
    assertEquals(1, called(request).aiMessage().toolExecutionRequests().size());
  }

  @Test
  void callsAreStreamedInPieces() {
    var request = calling(PAINT);
    var pieces = new StringBuilder();
    var complete = new ArrayList<ToolExecutionRequest>();
    var heard =
        new Heard() {
          @Override
          public void onPartialToolCall(PartialToolCall part) {
            pieces.append(part.partialArguments());
          }

          @Override
          public void onCompleteToolCall(CompleteToolCall call) {
            complete.add(call.toolExecutionRequest());
          }
        };
    streaming(300).parallelToolCalls(false).build().chat(request, heard);
    var called = heard.whole.join().aiMessage().toolExecutionRequests();
    assertEquals(called, complete);
    assertEquals(called.getFirst().arguments(), pieces.toString());
    var once = called(request).aiMessage().toolExecutionRequests();
    assertEquals(once.getFirst().arguments(), called.getFirst().arguments());
  }

  @Test
  void anyJsonObject() {
    var request = asking().responseFormat(ResponseFormat.JSON).build();
    var response = model(100).temperature(0.5).build().chat(request);
    if (response.finishReason() == FinishReason.STOP) {
      assertTrue(TinyServer.json(response.aiMessage().text()).isObject());
    } else { // as far as it has come
      assertTrue(response.aiMessage().text().stripLeading().startsWith("{"));
    }
  }

  @Test
  void variablesOfTheTemplate() {
    var usual = model(2).build().chat(asking().build()).tokenUsage();
    var quick =
        model(2)
            .customParameters(Map.of("chat_template_kwargs", Map.of("enable_thinking", false)))
            .build()
            .chat(asking().build())
            .tokenUsage();
    assertTrue(quick.inputTokenCount() > usual.inputTokenCount(), "which the template tells");
    var effort = model(2).reasoningEffort("none").build().chat(asking().build()).tokenUsage();
    assertEquals(quick.inputTokenCount(), effort.inputTokenCount());
  }

  @Test
  void listenersHearOfAnswersAndFailures() {
    var heard = new ArrayList<String>();
    var listener =
        new ChatModelListener() {
          @Override
          public void onRequest(ChatModelRequestContext context) {
            heard.add("asked " + context.chatRequest().parameters().modelName());
          }

          @Override
          public void onResponse(ChatModelResponseContext context) {
            heard.add("answered " + context.chatResponse().tokenUsage().outputTokenCount());
          }

          @Override
          public void onError(ChatModelErrorContext context) {
            heard.add("failed " + context.error().getClass().getSimpleName());
          }
        };
    model(3).listeners(listener).build().chat(asking().build());
    var wrong = model(3).listeners(listener).topP(7.0).build();
    assertThrows(InvalidRequestException.class, () -> wrong.chat(asking().build()));
    assertEquals(
        List.of("asked tiny", "answered 3", "asked tiny", "failed InvalidRequestException"), heard);
  }

  @Test
  void whoCancelsFreesThePlace() throws Exception {
    var cancelled = new CompletableFuture<Boolean>();
    streaming(2000)
        .build()
        .chat(
            asking().build(),
            new Heard() {
              @Override
              public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
                context.streamingHandle().cancel();
                cancelled.complete(context.streamingHandle().isCancelled());
              }
            });
    assertTrue(cancelled.get(20, TimeUnit.SECONDS));
    while (server.server().models().totals().running() > 0) { // or else the test's timeout
      Thread.sleep(5);
    }
  }

  @Test
  void failuresOfStreamsAreTold() {
    var heard = new Heard();
    streaming(3).build().chat("x".repeat(9000), heard);
    var failed = assertThrows(CompletionException.class, heard.whole::join).getCause();
    assertInstanceOf(InvalidRequestException.class, failed);
    assertTrue(failed.getMessage().contains("context_length_exceeded"), failed::getMessage);
  }

  @Test
  void promptsThatAreTooLong() {
    var model = model(3).build();
    refused("context_length_exceeded", () -> model.chat("cat ".repeat(3000)));
  }

  @Test
  void imagesAreRefused() {
    var model = model(3).build();
    var message =
        UserMessage.from(TextContent.from("what?"), ImageContent.from("http://127.0.0.1/a.png"));
    refused("messages[0].content[1]", () -> model.chat(message));
  }

  @Test
  void penaltiesAreTaken() {
    var once = cold(model(30).frequencyPenalty(2.0).presencePenalty(2.0));
    assertNotEquals(once, cold(model(30)));
  }

  @Test
  void embedsInBatchesAndInFewerNumbers() {
    var builder = embedding();
    var segments = Stream.of("a", "cat", "the mat", "7", "sat").map(TextSegment::from).toList();
    var batches = builder.maxSegmentsPerBatch(2).build().embedAll(segments);
    assertEquals(5, batches.content().size());
    for (int i = 0; i < segments.size(); i++) {
      assertEquals(
          builder.build().embed(segments.get(i)).content(), batches.content().get(i), "" + i);
    }
    var few = builder.dimensions(7).encodingFormat("base64").build().embed("cat").content();
    assertEquals(7, few.dimension());
    double squares = 0;
    for (float value : few.vector()) {
      squares += value * value;
    }
    assertEquals(1, squares, 1e-5); // seven squares of floats
    var wrong = builder.dimensions(33).build();
    assertThrows(InvalidRequestException.class, () -> wrong.embed("cat"));
  }

  @Test
  void modelsAreListed() {
    var catalog =
        OpenAiModelCatalog.builder().baseUrl(server.address() + "/v1").apiKey("none").build();
    assertEquals(
        List.of("tiny"), catalog.listModels().stream().map(ModelDescription::name).toList());
  }

  @Test
  void thereIsNoModeration() {
    var moderation =
        OpenAiModerationModel.builder()
            .baseUrl(server.address() + "/v1")
            .apiKey("none")
            .modelName(TinyServer.MODEL)
            .maxRetries(0)
            .build();
    var failed = assertThrows(LangChain4jException.class, () -> moderation.moderate("a"));
    assertTrue(failed.getMessage().contains("there is no /v1/moderations"), failed::getMessage);
  }

  @Test
  void responsesOfTheNewerInterface() {
    var model =
        OpenAiResponsesChatModel.builder()
            .baseUrl(server.address() + "/v1")
            .apiKey("none")
            .modelName(TinyServer.MODEL)
            .maxOutputTokens(20)
            .temperature(0.0)
            .build();
    var response = model.chat(asking().build());
    assertEquals(20, response.tokenUsage().outputTokenCount());
    assertEquals(FinishReason.LENGTH, response.finishReason());
    assertEquals(cold(model(20)), response.aiMessage().text());
  }

  /// By a server of two models that has keys, and notes what it does.
  @Test
  void keysAndNamesOfModels() throws Exception {
    var path = folder.resolve("tiny");
    var lines = new LinkedBlockingQueue<String>();
    var options =
        ServerFor.models(
                new ServedModel("a", path, List.of()), new ServedModel("b", path, List.of()))
            .withLog(new AccessLog(lines::add, false));
    var http = options.http();
    var access =
        new HttpSetup.Access(ApiKeys.of(List.of("right")), new Hosts(List.of(), List.of()));
    var keyed = new HttpSetup(http.host(), 0, http.tls(), access, http.limits(), http.ping());
    try (var guarded = ModelServer.start(options.withHttp(keyed))) {
      var builder = model(3).baseUrl("http://127.0.0.1:%d/v1".formatted(guarded.port()));
      var stranger = builder.apiKey("wrong").modelName("b").build();
      assertThrows(AuthenticationException.class, () -> stranger.chat("hi"));
      assertEquals(401, json(lines.poll(10, TimeUnit.SECONDS)).get("status").asInt());
      var unknown = builder.apiKey("right").modelName("c").build();
      var failed = assertThrows(ModelNotFoundException.class, () -> unknown.chat("hi"));
      assertTrue(failed.getMessage().contains("there is no model c"), failed::getMessage);
      assertEquals(404, json(lines.poll(10, TimeUnit.SECONDS)).get("status").asInt());
      var response = builder.modelName("b").build().chat(asking().build());
      assertEquals("b", response.modelName());
      var line = json(lines.poll(10, TimeUnit.SECONDS));
      assertEquals("b", line.get("model").asString());
      assertEquals(
          response.tokenUsage().inputTokenCount(), line.get("input_tokens").asInt(), "as told");
      assertEquals(response.tokenUsage().outputTokenCount(), line.get("output_tokens").asInt());
    }
  }
}

package dev.fader.serve.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionNamedToolChoice;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ToolChoiceOptions;
import com.openai.models.responses.inputtokens.InputTokenCountParams;
import dev.fader.serve.TinyModel;
import dev.fader.serve.TinyServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// OpenAI's own client for Java.
@Timeout(60)
class OpenAiJavaTest {
  @TempDir private static Path folder;
  private static TinyServer server;
  private static OpenAIClient client;

  /// What an answer is to look like.
  static class Paint {
    public Color color;
    public boolean dry;

    enum Color {
      RED,
      BLUE
    }
  }

  /// Paints something.
  @com.fasterxml.jackson.annotation.JsonTypeName("paint")
  @com.fasterxml.jackson.annotation.JsonClassDescription("Paints the house")
  static class PaintTool {
    public Paint.Color color;
  }

  @BeforeAll
  static void start() throws IOException {
    server = TinyServer.start(folder.resolve("tiny"));
    client =
        OpenAIOkHttpClient.builder()
            .baseUrl(server.address() + "/v1")
            .apiKey("none")
            .maxRetries(0)
            .build();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static ChatCompletionCreateParams.Builder chat(int tokens) {
    return ChatCompletionCreateParams.builder()
        .model(TinyServer.MODEL)
        .addSystemMessage("Be kind.")
        .addUserMessage("hi")
        .maxCompletionTokens(tokens)
        .putAdditionalBodyProperty("seed", JsonValue.from(1));
  }

  private static String text(ChatCompletion completion) {
    return completion.choices().getFirst().message().content().orElseThrow();
  }

  private static String reason(ChatCompletion completion) {
    return completion.choices().getFirst().finishReason().asString();
  }

  private static ChatCompletion streamed(ChatCompletionCreateParams params) {
    var all = ChatCompletionAccumulator.create();
    try (var stream = client.chat().completions().createStreaming(params)) {
      stream.stream().forEach(all::accumulate);
    }
    return all.chatCompletion();
  }

  @Test
  void chats() {
    var completion = client.chat().completions().create(chat(5).build());
    assertFalse(text(completion).isEmpty());
    assertEquals("length", reason(completion));
    assertEquals(5, completion.usage().orElseThrow().completionTokens());
    completion.validate();
  }

  @Test
  void streamsTheSameText() {
    var params = chat(6).temperature(0).build();
    assertEquals(text(client.chat().completions().create(params)), text(streamed(params)));
  }

  @Test
  void everyChunkIsValid() {
    var params =
        chat(4)
            .n(2)
            .logprobs(true)
            .topLogprobs(2)
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    var chunks = new ArrayList<ChatCompletionChunk>();
    try (var stream = client.chat().completions().createStreaming(params)) {
      stream.stream().forEach(chunk -> chunks.add(chunk.validate()));
    }
    assertEquals(8, chunks.getLast().usage().orElseThrow().completionTokens());
    assertTrue(chunks.getLast().choices().isEmpty());
  }

  @Test
  void likelihoods() {
    var completion =
        client.chat().completions().create(chat(3).logprobs(true).topLogprobs(4).build());
    var tokens = completion.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
    assertEquals(3, tokens.size());
    assertEquals(4, tokens.getFirst().topLogprobs().size());
  }

  @Test
  void severalTexts() {
    var completion = client.chat().completions().create(chat(2).n(3).build());
    assertEquals(3, completion.choices().size());
    assertEquals(2, completion.choices().get(2).index());
  }

  @Test
  void stopsAndBiases() {
    var params = chat(20).putAdditionalBodyProperty("grammar", JsonValue.from("root ::= \"a-b\""));
    assertEquals("a-b", text(client.chat().completions().create(params.build())));
    assertEquals("a", text(client.chat().completions().create(params.stop("-").build())));
    var bias =
        ChatCompletionCreateParams.LogitBias.builder()
            .putAdditionalProperty("66", JsonValue.from(100))
            .build();
    var biased = text(client.chat().completions().create(chat(4).logitBias(bias).build()));
    assertEquals(1, biased.chars().distinct().count());
  }

  @Test
  void structuredContent() {
    var completion =
        client.chat().completions().create(chat(200).responseFormat(Paint.class).build());
    var paint = completion.choices().getFirst().message().content().orElseThrow();
    assertTrue(paint.color == Paint.Color.RED || paint.color == Paint.Color.BLUE);
  }

  @Test
  void forcedCalls() {
    var required =
        ChatCompletionToolChoiceOption.ofAuto(ChatCompletionToolChoiceOption.Auto.REQUIRED);
    var params =
        chat(300).addTool(PaintTool.class).toolChoice(required).parallelToolCalls(false).build();
    var completion = client.chat().completions().create(params);
    var call = completion.choices().getFirst().message().toolCalls().orElseThrow().getFirst();
    assertEquals("tool_calls", reason(completion));
    var function = call.asFunction().function();
    assertTrue(function.arguments(PaintTool.class).color != null);
    var streamed = streamed(params);
    assertEquals("tool_calls", reason(streamed));
    assertEquals(
        function,
        streamed
            .choices()
            .getFirst()
            .message()
            .toolCalls()
            .orElseThrow()
            .getFirst()
            .asFunction()
            .function());
  }

  @Test
  void namedCallsAndTheirResults() {
    var named =
        ChatCompletionToolChoiceOption.ofNamedToolChoice(
            ChatCompletionNamedToolChoice.builder()
                .function(ChatCompletionNamedToolChoice.Function.builder().name("paint").build())
                .build());
    var first =
        client
            .chat()
            .completions()
            .create(chat(300).addTool(PaintTool.class).toolChoice(named).build());
    var message = first.choices().getFirst().message();
    var call = message.toolCalls().orElseThrow().getFirst().asFunction();
    assertEquals("paint", call.function().name());
    var second =
        client
            .chat()
            .completions()
            .create(
                chat(3)
                    .addTool(PaintTool.class)
                    .addMessage(message)
                    .addMessage(
                        ChatCompletionToolMessageParam.builder()
                            .toolCallId(call.id())
                            .content("done")
                            .build())
                    .build());
    assertTrue(
        second.usage().orElseThrow().promptTokens() > first.usage().orElseThrow().promptTokens());
  }

  @Test
  void completions() {
    var completion =
        client
            .completions()
            .create(
                CompletionCreateParams.builder()
                    .model(TinyServer.MODEL)
                    .prompt("the cat")
                    .maxTokens(3)
                    .echo(true)
                    .logprobs(2)
                    .build());
    var choice = completion.choices().getFirst();
    assertTrue(choice.text().startsWith("the cat"));
    var table = choice.logprobs().orElseThrow();
    assertEquals(table.tokens().orElseThrow().size(), table.textOffset().orElseThrow().size());
    completion.validate();
  }

  @Test
  void completionsOfTokensStream() {
    var texts = new ArrayList<String>();
    try (var stream =
        client
            .completions()
            .createStreaming(
                CompletionCreateParams.builder()
                    .model(TinyServer.MODEL)
                    .promptOfArrayOfTokenArrays(List.of(List.of(1L, 2L), List.of(3L)))
                    .maxTokens(3)
                    .build())) {
      stream.stream().forEach(chunk -> texts.add(chunk.choices().getFirst().text()));
    }
    assertTrue(texts.size() >= 4);
  }

  @Test
  void embeddings() {
    var base = EmbeddingCreateParams.builder().model(TinyServer.MODEL);
    var coded = client.embeddings().create(base.inputOfArrayOfStrings(List.of("a", "b")).build());
    assertEquals(2, coded.data().size());
    assertEquals(TinyModel.WIDTH, coded.data().getFirst().embedding().size());
    var plain =
        client
            .embeddings()
            .create(
                base.input("a").encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT).build());
    assertEquals(coded.data().getFirst().embedding(), plain.data().getFirst().embedding());
    var shorter = client.embeddings().create(base.input("a").dimensions(3).build());
    assertEquals(3, shorter.data().getFirst().embedding().size());
  }

  @Test
  void models() {
    assertEquals(TinyServer.MODEL, client.models().list().data().getFirst().id());
    assertEquals(TinyServer.MODEL, client.models().retrieve(TinyServer.MODEL).validate().id());
  }

  @Test
  void anUnknownModel() {
    var error = assertThrows(NotFoundException.class, () -> client.models().retrieve("other"));
    assertEquals("model_not_found", error.code().orElseThrow());
  }

  @Test
  void aWrongField() {
    var error =
        assertThrows(
            BadRequestException.class,
            () -> client.chat().completions().create(chat(2).temperature(3).build()));
    assertEquals("temperature", error.param().orElseThrow());
    assertEquals("invalid_request_error", error.type().orElseThrow());
  }

  @Test
  void aPromptThatIsTooLong() {
    var params = chat(2).addUserMessage("x".repeat(3 * TinyModel.CONTEXT)).build();
    var error =
        assertThrows(BadRequestException.class, () -> client.chat().completions().create(params));
    assertEquals("context_length_exceeded", error.code().orElseThrow());
    assertThrows(
        BadRequestException.class,
        () -> client.chat().completions().createStreaming(params).close());
  }

  private static ResponseCreateParams.Builder response(int tokens) {
    return ResponseCreateParams.builder()
        .model(TinyServer.MODEL)
        .input("hi")
        .instructions("Be kind.")
        .maxOutputTokens(tokens);
  }

  @Test
  void responses() {
    var response = client.responses().create(response(16).build()).validate();
    assertEquals(ResponseStatus.INCOMPLETE, response.status().orElseThrow());
    var message = response.output().getFirst().asMessage();
    assertFalse(message.content().getFirst().asOutputText().text().isEmpty());
    assertEquals(16, response.usage().orElseThrow().outputTokens());
  }

  @Test
  void responsesStream() {
    var all = ResponseAccumulator.create();
    var numbers = new ArrayList<Long>();
    try (var stream = client.responses().createStreaming(response(16).build())) {
      stream.stream()
          .map(all::accumulate)
          .forEach(event ->
              event.outputTextDelta().ifPresent(delta -> numbers.add(delta.sequenceNumber())));
    }
    assertEquals(numbers.stream().sorted().toList(), numbers);
    assertEquals(ResponseStatus.INCOMPLETE, all.response().status().orElseThrow());
  }

  @Test
  void structuredResponses() {
    var response = client.responses().create(response(200).text(Paint.class).build());
    var paint = response.output().getFirst().asMessage().content().getFirst().asOutputText();
    assertTrue(paint.color == Paint.Color.RED || paint.color == Paint.Color.BLUE);
  }

  @Test
  void callsOfResponses() {
    var params =
        response(300)
            .addTool(PaintTool.class)
            .toolChoice(ToolChoiceOptions.REQUIRED)
            .parallelToolCalls(false);
    var first = client.responses().create(params.build());
    assertEquals(ResponseStatus.COMPLETED, first.status().orElseThrow());
    var call = first.output().getFirst().asFunctionCall();
    assertEquals("paint", call.name());
    var again =
        client
            .responses()
            .create(
                response(16)
                    .addTool(PaintTool.class)
                    .inputOfResponse(
                        List.of(
                            ResponseInputItem.ofFunctionCall(call),
                            ResponseInputItem.ofFunctionCallOutput(
                                ResponseInputItem.FunctionCallOutput.builder()
                                    .callId(call.callId())
                                    .output("done")
                                    .build())))
                    .build());
    assertTrue(again.usage().orElseThrow().inputTokens() > 0);
  }

  @Test
  void responsesAreNotStored() {
    var params = response(16).previousResponseId("resp_1").build();
    var error = assertThrows(BadRequestException.class, () -> client.responses().create(params));
    assertEquals("previous_response_id", error.param().orElseThrow());
  }

  @Test
  void countsTheTokensOfAnInput() {
    var counted =
        client
            .responses()
            .inputTokens()
            .count(
                InputTokenCountParams.builder()
                    .model(TinyServer.MODEL)
                    .input("hi")
                    .instructions("Be kind.")
                    .build());
    var response = client.responses().create(response(16).build());
    assertEquals(response.usage().orElseThrow().inputTokens(), counted.inputTokens());
  }
}

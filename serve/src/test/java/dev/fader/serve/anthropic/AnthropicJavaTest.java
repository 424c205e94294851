package dev.fader.serve.anthropic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageContentParam;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.ThinkingConfigDisabled;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAny;
import com.anthropic.models.messages.ToolChoiceTool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlockParam;
import dev.fader.serve.TinyModel;
import dev.fader.serve.TinyServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Anthropic's own client for Java.
@Timeout(60)
class AnthropicJavaTest {
  @TempDir private static Path folder;
  private static TinyServer server;
  private static AnthropicClient client;

  /// What an answer is to look like.
  static class Paint {
    public boolean dry;
    public Color color;

    enum Color {
      RED,
      BLUE
    }
  }

  @BeforeAll
  static void start() throws IOException {
    server = TinyServer.start(folder.resolve("tiny"));
    client =
        AnthropicOkHttpClient.builder()
            .baseUrl(server.address())
            .apiKey("none")
            .maxRetries(0)
            .build();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static MessageCreateParams.Builder chat(int tokens) {
    return MessageCreateParams.builder()
        .model(TinyServer.MODEL)
        .maxTokens(tokens)
        .system("Be kind.")
        .addUserMessage("hi")
        .putAdditionalBodyProperty("seed", JsonValue.from(1));
  }

  private static MessageCreateParams.Builder heated(int tokens, double temperature) {
    return chat(tokens).putAdditionalBodyProperty("temperature", JsonValue.from(temperature));
  }

  private static MessageCreateParams.Builder cold(int tokens) {
    return heated(tokens, 0);
  }

  private static Tool paint() {
    var color = Map.of("type", "string", "enum", List.of("red", "blue"));
    return Tool.builder()
        .name("paint")
        .description("Paints the house")
        .inputSchema(
            Tool.InputSchema.builder()
                .properties(
                    Tool.InputSchema.Properties.builder()
                        .putAdditionalProperty("color", JsonValue.from(color))
                        .build())
                .required(List.of("color"))
                .build())
        .build();
  }

  private static Message create(MessageCreateParams.Builder params) {
    return client.messages().create(params.build()).validate();
  }

  private static Message streamed(MessageCreateParams.Builder params) {
    var all = MessageAccumulator.create();
    try (var stream = client.messages().createStreaming(params.build())) {
      stream.stream().map(RawMessageStreamEvent::validate).forEach(all::accumulate);
    }
    return all.message();
  }

  private static String text(Message message) {
    return message.content().getFirst().asText().text();
  }

  @Test
  void writesAMessage() {
    var message = create(chat(5));
    assertFalse(text(message).isEmpty());
    assertEquals(StopReason.MAX_TOKENS, message.stopReason().orElseThrow());
    assertEquals(5, message.usage().outputTokens());
    assertEquals(TinyServer.MODEL, message.model().asString());
    assertTrue(message.id().startsWith("msg_"), message.id());
  }

  @Test
  void streamsTheSameText() {
    var whole = create(cold(7));
    var pieces = streamed(cold(7));
    assertEquals(text(whole), text(pieces));
    assertEquals(whole.stopReason(), pieces.stopReason());
    assertEquals(whole.usage().outputTokens(), pieces.usage().outputTokens());
  }

  @Test
  void eventsComeInTheirOrder() {
    var kinds = new ArrayList<String>();
    try (var stream = client.messages().createStreaming(chat(3).build())) {
      stream.stream()
          .map(event ->
              event.isMessageStart()
                  ? "start"
                  : event.isContentBlockStart()
                      ? "block"
                      : event.isContentBlockDelta()
                          ? "delta"
                          : event.isContentBlockStop()
                              ? "end of block"
                              : event.isMessageDelta() ? "reason" : "stop")
          .filter(kind -> kinds.isEmpty() || !kinds.getLast().equals(kind))
          .forEach(kinds::add);
    }
    assertEquals(List.of("start", "block", "delta", "end of block", "reason", "stop"), kinds);
  }

  @Test
  void forcedCallsAreCalls() {
    var params =
        chat(200).addTool(paint()).toolChoice(ToolChoiceTool.builder().name("paint").build());
    var message = create(params);
    var call = message.content().getFirst().asToolUse();
    assertEquals("paint", call.name());
    assertTrue(List.of("red", "blue").contains(color(call._input())));
    assertEquals(StopReason.TOOL_USE, message.stopReason().orElseThrow());
  }

  private static Object color(JsonValue input) {
    return input.convert(Map.class).get("color");
  }

  @Test
  void forcedCallsAreStreamed() {
    var params =
        cold(200)
            .addTool(paint())
            .toolChoice(ToolChoiceAny.builder().disableParallelToolUse(true).build());
    var whole = create(params).content().getFirst().asToolUse();
    var pieces = streamed(params);
    assertEquals(1, pieces.content().size());
    assertEquals(color(whole._input()), color(pieces.content().getFirst().asToolUse()._input()));
    assertEquals(StopReason.TOOL_USE, pieces.stopReason().orElseThrow());
  }

  @Test
  void aCallThatIsCutOffEndsByTheLimit() {
    var params =
        chat(4).addTool(paint()).toolChoice(ToolChoiceTool.builder().name("paint").build());
    assertEquals(StopReason.MAX_TOKENS, create(params).stopReason().orElseThrow());
    assertEquals(StopReason.MAX_TOKENS, streamed(params).stopReason().orElseThrow());
  }

  @Test
  void resultsOfToolsGoBackIn() {
    var message =
        create(
            chat(4)
                .addTool(paint())
                .addAssistantMessage(
                    blocks(
                        ContentBlockParam.ofToolUse(
                            ToolUseBlockParam.builder()
                                .id("toolu_1")
                                .name("paint")
                                .input(
                                    ToolUseBlockParam.Input.builder()
                                        .putAdditionalProperty("color", JsonValue.from("red"))
                                        .build())
                                .build())))
                .addUserMessage(
                    blocks(
                        ContentBlockParam.ofToolResult(
                            ToolResultBlockParam.builder()
                                .toolUseId("toolu_1")
                                .content("It is red.")
                                .build()))));
    assertFalse(text(message).isEmpty());
  }

  private static MessageContentParam blocks(ContentBlockParam... blocks) {
    return MessageContentParam.ofContentBlockParams(List.of(blocks));
  }

  @Test
  void structuredOutputsHaveTheirStructure() {
    var answer = client.messages().create(chat(200).outputConfig(Paint.class).build());
    var paint =
        answer.content().stream().flatMap(block -> block.text().stream()).findFirst().orElseThrow();
    assertTrue(List.of(Paint.Color.values()).contains(paint.text().color));
  }

  @Test
  void assistantsAreContinued() {
    var begun = create(cold(3).addAssistantMessage("The cat"));
    var plain = create(cold(3));
    assertTrue(begun.usage().inputTokens() + 3 > plain.usage().inputTokens());
    assertFalse(text(begun).startsWith("The cat"));
  }

  @Test
  void stopSequencesAreNamed() {
    var free = text(create(cold(12)));
    var stop = free.substring(free.length() / 2, free.length() / 2 + 1);
    var stopped = create(cold(12).stopSequences(List.of("never there", stop)));
    assertEquals(StopReason.STOP_SEQUENCE, stopped.stopReason().orElseThrow());
    assertEquals(stop, stopped.stopSequence().orElseThrow());
    assertEquals(free.substring(0, free.indexOf(stop)), text(stopped));
  }

  @Test
  void thinkingIsSwitchedOff() {
    var on = create(chat(1));
    var off = create(chat(1).thinking(ThinkingConfigDisabled.builder().build()));
    // The template of the model says so in words.
    assertTrue(tokens(off) > tokens(on), () -> tokens(off) + " and " + tokens(on));
  }

  private static long tokens(Message message) {
    return message.usage().inputTokens() + message.usage().cacheReadInputTokens().orElse(0L);
  }

  @Test
  void tokensAreCountedAsTheyAreRead() {
    var counted =
        client
            .messages()
            .countTokens(
                MessageCountTokensParams.builder()
                    .model(TinyServer.MODEL)
                    .system("Be kind.")
                    .addUserMessage("hi")
                    .build());
    assertEquals(tokens(create(chat(1))), counted.inputTokens());
  }

  @Test
  void promptsThatWereReadAreTold() {
    var lengthy = chat(1).addUserMessage("the cat number 7 ".repeat(20)); // some pages of keys
    create(lengthy);
    assertTrue(create(lengthy).usage().cacheReadInputTokens().orElseThrow() > 0);
  }

  @Test
  void seedsAreRespected() {
    assertEquals(
        create(heated(8, 1)).content().stream().map(ContentBlock::asText).toList(),
        create(heated(8, 1)).content().stream().map(ContentBlock::asText).toList());
  }

  @Test
  void whatIsWrongIsSaid() {
    var hot = refusal(BadRequestException.class, heated(1, 3));
    assertTrue(hot.getMessage().contains("`temperature` is 3"), hot::getMessage);
    var lengthy = refusal(BadRequestException.class, chat(1).addUserMessage("cat ".repeat(3000)));
    assertTrue(
        lengthy.getMessage().contains(String.valueOf(TinyModel.CONTEXT)), lengthy::getMessage);
    var tool = ToolChoiceTool.builder().name("no").build();
    var unknown = refusal(BadRequestException.class, chat(1).addTool(paint()).toolChoice(tool));
    assertTrue(unknown.getMessage().contains("tool_choice.name"), unknown::getMessage);
  }

  private static <T extends AnthropicServiceException> T refusal(
      Class<T> kind, MessageCreateParams.Builder params) {
    return assertThrows(kind, () -> client.messages().create(params.build()));
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    var response = server.post("/v1/messages/batches", "{}");
    assertEquals(404, response.statusCode());
    assertEquals(
        "not_found_error", TinyServer.json(response.body()).at("/error/type").stringValue());
    assertEquals("error", TinyServer.json(response.body()).path("type").stringValue());
    assertThrows(NotFoundException.class, () -> client.messages().batches().list());
  }

  @Test
  void bodiesAreReadLeniently() throws Exception {
    var response =
        server.ask(
            "/messages",
            """
            {"model": "tiny", "max_tokens": 2, "unknown": {"a": 1}, "metadata": {"user_id": "u"},
             "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
             "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]},
               {"role": "assistant", "content": [
                 {"type": "thinking", "thinking": "hm", "signature": ""},
                 {"type": "redacted_thinking", "data": "x"}, {"type": "text", "text": "ho"}]},
               {"role": "user", "content": "hi"}]}
            """);
    assertEquals("message", response.path("type").stringValue());
    var refused =
        server.ask(
            "/v1/messages",
            """
            {"model": "tiny", "max_tokens": 2, "messages": [{"role": "user",
              "content": [{"type": "image", "source": {"type": "url", "url": "x"}}]}]}
            """);
    assertEquals(
        "`messages[0].content[0].type`: the models here read text: leave image out",
        refused.at("/error/message").stringValue());
    assertEquals(
        "`max_tokens` is missing: give it",
        server
            .ask("/v1/messages", "{\"model\": \"tiny\", \"messages\": []}")
            .at("/error/message")
            .stringValue());
  }
}

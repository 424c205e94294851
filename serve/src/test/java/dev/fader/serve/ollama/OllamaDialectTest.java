package dev.fader.serve.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.TinyModel;
import dev.fader.serve.TinyServer;
import dev.fader.serve.model.ModelStatus;
import dev.fader.serve.model.ServedModel;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaModels;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Ollama's interface, by LangChain4j's client of it and by hand.
@Timeout(60)
class OllamaDialectTest {
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

  private static OllamaChatModel chat(int tokens) {
    return OllamaChatModel.builder()
        .baseUrl(server.address())
        .modelName(TinyServer.MODEL)
        .temperature(0.0)
        .numPredict(tokens)
        .maxRetries(0)
        .build();
  }

  private static ChatRequest.Builder asking() {
    return ChatRequest.builder().messages(SystemMessage.from("Be kind."), UserMessage.from("hi"));
  }

  @Test
  void chats() {
    var response = chat(5).chat(asking().build());
    assertFalse(response.aiMessage().text().isEmpty());
    assertEquals(5, response.tokenUsage().outputTokenCount());
    assertEquals(FinishReason.LENGTH, response.finishReason());
  }

  @Test
  void streamsTheSameText() {
    var model =
        OllamaStreamingChatModel.builder()
            .baseUrl(server.address())
            .modelName(TinyServer.MODEL)
            .temperature(0.0)
            .numPredict(6)
            .build();
    var told = new StringBuilder();
    var whole = new CompletableFuture<ChatResponse>();
    model.chat(
        asking().build(),
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String text) {
            told.append(text);
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
    var text = chat(6).chat(asking().build()).aiMessage().text();
    assertEquals(text, whole.join().aiMessage().text());
    assertEquals(text, told.toString());
  }

  @Test
  void schemasAreKeptTo() {
    var format =
        ResponseFormat.builder()
            .type(ResponseFormatType.JSON)
            .jsonSchema(
                JsonSchema.builder()
                    .name("paint")
                    .rootElement(
                        JsonObjectSchema.builder()
                            .addEnumProperty("color", List.of("red", "blue"))
                            .required("color")
                            .build())
                    .build())
            .build();
    var text = chat(100).chat(asking().responseFormat(format).build()).aiMessage().text();
    var color = TinyServer.json(text).path("color").stringValue();
    assertTrue(List.of("red", "blue").contains(color), text);
  }

  @Test
  void toolsAreShownToTheModel() {
    var tool =
        ToolSpecification.builder()
            .name("paint")
            .parameters(JsonObjectSchema.builder().addStringProperty("color").build())
            .build();
    var with = chat(2).chat(asking().toolSpecifications(tool).build()).tokenUsage();
    var without = chat(2).chat(asking().build()).tokenUsage();
    assertTrue(with.inputTokenCount() > without.inputTokenCount());
  }

  @Test
  void callsAndTheirResultsGoBackIn() throws Exception {
    var answer =
        server.ask(
            "/api/chat",
            """
            {"model": "tiny", "stream": false, "options": {"num_predict": 3, "temperature": 0},
             "messages": [{"role": "user", "content": "paint it"},
               {"role": "assistant", "content": "", "tool_calls": [
                 {"function": {"name": "paint", "arguments": {"color": "red"}}}]},
               {"role": "tool", "content": "done", "tool_name": "paint"}]}
            """);
    assertFalse(answer.at("/message/content").stringValue().isEmpty(), answer::toString);
    assertEquals("length", answer.path("done_reason").stringValue());
    assertTrue(answer.path("done").booleanValue());
  }

  @Test
  void linesComeOneByOne() throws Exception {
    var body =
        """
        {"model": "tiny", "prompt": "hi", "raw": %b, "options": {"num_predict": 4, "seed": 3,
         "temperature": 0}, "stream": %b}
        """;
    for (boolean raw : List.of(true, false)) {
      var text = new StringBuilder();
      var lines = server.post("/api/generate", body.formatted(raw, true)).body().split("\n", -1);
      JsonNode last = TinyServer.json(lines[0]);
      for (var line : lines) {
        if (!line.isEmpty()) {
          last = TinyServer.json(line);
          text.append(last.path("response").stringValue());
        }
      }
      assertTrue(last.path("done").booleanValue());
      assertEquals(4, last.path("eval_count").intValue());
      assertTrue(last.path("total_duration").longValue() > 0);
      var whole = server.ask("/api/generate", body.formatted(raw, false));
      assertEquals(whole.path("response").stringValue(), text.toString());
    }
  }

  @Test
  void embedsOneTextOrMany() throws Exception {
    var model = OllamaEmbeddingModel.builder().baseUrl(server.address()).modelName("tiny").build();
    assertEquals(TinyModel.WIDTH, model.embed("the cat").content().dimension());
    var many =
        server.ask(
            "/api/embed",
            "{\"model\": \"tiny\", \"input\": [\"the cat\", \"a mat\"], \"dimensions\": 7}");
    assertEquals(2, many.path("embeddings").size());
    assertEquals(7, many.at("/embeddings/1").size());
    double squares = 0;
    for (var number : many.at("/embeddings/0").values()) {
      squares += number.doubleValue() * number.doubleValue();
    }
    assertEquals(1, squares, 1e-5); // seven squares of floats
    var old = server.ask("/api/embeddings", "{\"model\": \"tiny\", \"prompt\": \"the cat\"}");
    assertEquals(TinyModel.WIDTH, old.path("embedding").size());
  }

  /// A context that is short: attention to all of a longer one takes seconds.
  @Test
  void embeddedTextsAreCutToTheContext() throws Exception {
    var model = TinyModel.write(folder.resolve("short"));
    var config = model.resolve("config.json");
    var length = "\"max_position_embeddings\": ";
    Files.writeString(
        config, Files.readString(config).replace(length + TinyModel.CONTEXT, length + 100));
    var models = List.of(new ServedModel(TinyServer.MODEL, model, List.of()));
    try (var small =
        TinyServer.start(folder.resolve("unused"), options -> options.withModels(models))) {
      var cut = "{\"model\": \"tiny\", \"input\": \"%s\"}".formatted("cat ".repeat(300));
      assertEquals(100, small.ask("/api/embed", cut).path("prompt_eval_count").intValue());
    }
  }

  @Test
  void modelsAreListedAndShown() throws Exception {
    var models = OllamaModels.builder().baseUrl(server.address()).maxRetries(0).build();
    assertEquals(
        List.of("tiny"),
        models.availableModels().content().stream().map(m -> m.getName()).toList());
    var shown = models.modelCard("tiny").content();
    assertEquals("safetensors", shown.getDetails().getFormat());
    var raw = server.ask("/api/show", "{\"model\": \"tiny\"}");
    assertTrue(raw.path("capabilities").toString().contains("tools"), raw::toString);
    assertEquals(TinyModel.CONTEXT, raw.at("/model_info/llama.context_length").intValue());
    assertEquals(
        "tiny", TinyServer.json(server.get("/api/ps").body()).at("/models/0/name").stringValue());
    assertFalse(
        TinyServer.json(server.get("/api/version").body()).path("version").stringValue().isEmpty());
    assertEquals(
        "load",
        server.ask("/api/generate", "{\"model\": \"tiny\"}").path("done_reason").stringValue());
  }

  @Test
  void textsThatGoOnKeepToAFormat() throws Exception {
    var body =
        """
        {"model": "tiny", "prompt": "paint it", "raw": true, "stream": false, "format": %s,
         "options": {"num_predict": 200, "seed": 3}}
        """;
    var schema =
        "{\"type\": \"object\", \"required\": [\"color\"], \"properties\":"
            + " {\"color\": {\"enum\": [\"red\", \"blue\"]}}, \"additionalProperties\": false}";
    var answer = server.ask("/api/generate", body.formatted(schema));
    var color = TinyServer.json(answer.path("response").stringValue()).path("color").stringValue();
    assertTrue(List.of("red", "blue").contains(color), answer::toString);
    assertEquals("stop", answer.path("done_reason").stringValue());
    var any = server.ask("/api/generate", body.formatted("\"json\"")).path("response");
    assertTrue(any.stringValue().stripLeading().startsWith("{"), any::toString);
    assertEquals(
        "`format` is \"xml\", and must be json, or a JSON Schema",
        server.ask("/api/generate", body.formatted("\"xml\"")).path("error").stringValue());
  }

  private static String reason(String path, String fields) throws Exception {
    return server
        .ask(path, "{\"model\": \"tiny\", " + fields + "}")
        .path("done_reason")
        .stringValue();
  }

  private static String expires() throws Exception {
    return TinyServer.json(server.get("/api/ps").body()).at("/models/0/expires_at").asString("");
  }

  @Test
  void modelsStayOpenAsLongAsTheyAreKept() throws Exception {
    assertEquals("load", reason("/api/generate", "\"keep_alive\": -1"));
    assertEquals("9999-12-31T23:59:59Z", expires());
    assertEquals("load", reason("/api/chat", "\"keep_alive\": \"10m\""));
    var expires = Instant.parse(expires());
    assertTrue(expires.isAfter(Instant.now().plusSeconds(500)), expires::toString);
    assertTrue(expires.isBefore(Instant.now().plusSeconds(601)), expires::toString);
    assertEquals("load", reason("/api/generate", "\"keep_alive\": 100.5"));
    assertTrue(Instant.parse(expires()).isBefore(Instant.now().plusSeconds(101)));
    assertEquals("load", reason("/api/generate", "\"stream\": true"), "and as usual again");
    assertEquals("9999-12-31T23:59:59Z", expires());

    var models = server.server().models();
    var closed = new LinkedBlockingQueue<String>();
    var silence =
        models.listen(event -> {
          if (event.status() == ModelStatus.UNLOADED) {
            closed.add(event.model());
          }
        });
    var write = "\"stream\": false, \"options\": {\"num_predict\": 2}, \"keep_alive\": 0";
    assertEquals("length", reason("/api/generate", "\"prompt\": \"hi\", " + write));
    assertEquals("tiny", closed.poll(10, TimeUnit.SECONDS));
    assertEquals("", expires(), "it is not open");
    assertEquals("unload", reason("/api/generate", "\"keep_alive\": 0"), "opens nothing");
    assertEquals("unload", reason("/api/chat", "\"keep_alive\": \"0\""), "opens nothing");
    assertEquals(ModelStatus.UNLOADED, models.status("tiny"));
    var embed = "{\"model\": \"tiny\", \"input\": \"a\", \"keep_alive\": \"0s\"}";
    assertEquals(200, server.post("/api/embed", embed).statusCode());
    assertEquals("tiny", closed.poll(10, TimeUnit.SECONDS));
    assertEquals("unload", reason("/api/generate", "\"keep_alive\": 0"), "keeps nothing");
    var other = "{\"model\": \"tiny\", \"input\": \"a\"}"; // which says nothing of it
    assertEquals(200, server.post("/v1/embeddings", other).statusCode());
    assertEquals("9999-12-31T23:59:59Z", expires(), "as usual again");
    assertEquals(ModelStatus.LOADED, models.status("tiny"));
    silence.run();
    for (var wrong : List.of("true", "\"soon\"", "{}", "1e12")) {
      var error =
          server.ask("/api/generate", "{\"model\": \"tiny\", \"keep_alive\": " + wrong + "}");
      assertTrue(error.path("error").stringValue().startsWith("`keep_alive` is "), error::toString);
    }
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    assertEquals(
        "`options.temperature` is 5, and must be a number from 0 to 2",
        error(
            "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\"}], \"options\": {\"temperature\": 5}}"));
    assertEquals(
        "`messages[0].images`: the models here read text: leave images out",
        error("{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"images\": [\"x\"]}]}"));
    assertEquals(
        "`format` is \"xml\", and must be json, or a JSON Schema",
        error("{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\"}], \"format\": \"xml\"}"));
    assertEquals(404, server.post("/api/pull", "{}").statusCode());
    assertFalse(
        TinyServer.json(server.post("/api/pull", "{}").body())
            .path("error")
            .stringValue()
            .isEmpty());
    var endless = chat(2);
    assertThrows(LangChain4jException.class, () -> endless.chat("cat ".repeat(3000)));
  }

  private static String error(String body) throws Exception {
    return server.ask("/api/chat", body).path("error").stringValue();
  }
}

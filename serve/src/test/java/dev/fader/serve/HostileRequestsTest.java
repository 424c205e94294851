package dev.fader.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests that want to take what is others': time, memory, places. What is wrong with single
/// fields is in the tests of each interface, what is wrong with HTTP in those of the web server.
@Timeout(60)
class HostileRequestsTest {
  private static final String AMBIGUOUS =
      "root ::= [a-z] root \\\"b\\\" | [a-z] root \\\"c\\\" | [a-z]";

  @TempDir private static Path folder;
  private static TinyServer server;

  @BeforeAll
  static void start() throws IOException {
    server = TinyServer.start(folder);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void theNextOneIsServed() throws Exception {
    var answer = server.ask("/completion", "{\"prompt\":\"the cat\",\"n_predict\":2}");
    assertEquals(2, answer.path("tokens_predicted").asInt(), answer.toString());
  }

  /// The tokens of a rendering are not those of its text: what a user wrote ends nothing.
  @Test
  void whatUsersWriteIsNoSpecialToken() throws Exception {
    var end = "<|endoftext|>";
    var special = "{\"content\":\"%s\",\"parse_special\":true}".formatted(end);
    var ids = server.ask("/tokenize", special).path("tokens");
    assertEquals(1, ids.size(), ids.toString());
    var rendered =
        server.ask(
            "/apply-template",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"with_tokens\":true}"
                .formatted(end));
    assertTrue(rendered.path("prompt").asString().contains(end), rendered.toString());
    var tokens = rendered.path("tokens");
    assertTrue(tokens.size() > 3, rendered.toString());
    tokens.forEach(id -> assertNotEquals(ids.get(0).asInt(), id.asInt()));
  }

  /// Grammars that take all time fail alone, before or after something was sent.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void grammarsThatTakeAllTime(boolean streamed) throws Exception {
    var body =
        "{\"prompt\":\"the\",\"n_predict\":100,\"stream\":%s,\"grammar\":\"%s\"}"
            .formatted(streamed, AMBIGUOUS);
    var answer = server.post("/completion", body);
    assertTrue(answer.body().contains("the grammar is too ambiguous: "), answer.body());
    assertEquals(streamed && answer.body().startsWith("data: ") ? 200 : 400, answer.statusCode());
    assertTrue(answer.body().contains("\"code\":400"), answer.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          {"$ref": "#"}                                                                 | 400
          {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"$ref": "#/$defs/a"}}}     | 400
          {"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": false} | 200
          {"$ref": "https://example.com/schema"}                                        | 400
          {"$ref": "file:///etc/passwd"}                                                | 400
          {"type": "string", "pattern": "(a+)+$"}                                       | 200
          {"type": "string", "pattern": "(?=a)b"}                                       | 400
          {"type": "string", "minLength": 2000000000}                                   | 400
          {"type": "object", "minProperties": 2000}                                     | 400
          """)
  void schemas(String schema, int status) throws Exception {
    var answer =
        server.post(
            "/completion",
            "{\"prompt\":\"x\",\"n_predict\":3,\"json_schema\":%s}".formatted(schema));
    assertEquals(status, answer.statusCode(), answer.body());
  }

  @Test
  void schemasThatAreTenThousandDeep() throws Exception {
    var deep = "{\"items\":".repeat(10_000) + "{}" + "}".repeat(10_000);
    var answer =
        server.post("/completion", "{\"prompt\":\"x\",\"json_schema\":%s}".formatted(deep));
    assertEquals(400, answer.statusCode());
    assertTrue(answer.body().contains("64 levels"), answer.body());
  }

  /// Of which one took all memory once: the place to shorten is told, in each interface.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          /completion | {"prompt": "x", "json_schema": %s}
          /v1/chat/completions | {"messages": [{"role": "user", "content": "x"}], "response_format": {"type": "json_schema", "json_schema": {"schema": %s}}}
          /v1/responses | {"input": "x", "text": {"format": {"type": "json_schema", "name": "x", "schema": %s}}}
          /v1/messages | {"max_tokens": 3, "messages": [{"role": "user", "content": "x"}], "output_config": {"format": {"type": "json_schema", "schema": %s}}}
          /api/chat | {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "format": %s}
          /api/generate | {"model": "tiny", "raw": true, "prompt": "x", "format": %s}
          """)
  void schemasThatTakeAllMemory(String route, String body) throws Exception {
    var schema = "{\"not\": {\"oneOf\": [" + "{},".repeat(20_000) + "{}]}}";
    var answer = server.post(route, body.formatted(schema));
    assertEquals(400, answer.statusCode(), answer.body());
    assertTrue(
        answer.body().contains("JSON Schema #/not: the schema takes too much work up to here"),
        answer.body());
  }

  @Test
  void schemasOfToolsHaveALimitTogether() throws Exception {
    var schema = "{\"type\": \"object\", \"description\": \"" + "x".repeat(60_000) + "\"}";
    var tool = "{\"type\": \"function\", \"function\": {\"name\": \"f%d\", \"parameters\": %s}}";
    var tools = new ArrayList<String>();
    for (int i = 0; i < 9; i++) {
      tools.add(tool.formatted(i, schema));
    }
    var body = "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": %s}";
    var answer = server.post("/v1/chat/completions", body.formatted(tools));
    assertEquals(400, answer.statusCode());
    assertTrue(
        answer
            .body()
            .contains("the schemas of all tools up to `tools[8].function.parameters` have 540"),
        answer.body());
  }

  /// Names and texts are data, which no browser takes for a page.
  @Test
  void scriptsStayData() throws Exception {
    var script = "<script>alert(1)</script>";
    var written = "{\"prompt\":\"x\",\"stream\":%s,\"grammar\":\"root ::= \\\"%s\\\"\"}";
    for (var streamed : List.of(false, true)) {
      var answer = server.post("/completion", written.formatted(streamed, script));
      var type = answer.headers().firstValue("Content-Type").orElse("");
      assertEquals(streamed ? "text/event-stream" : "application/json", type);
      assertEquals("nosniff", answer.headers().firstValue("X-Content-Type-Options").orElse(""));
      assertEquals(streamed, !answer.body().contains(script), "token by token: " + answer.body());
    }
    for (var name : List.of(script, "../../etc/passwd", "tiny:" + script, "%00", "tiny:../x")) {
      var answer = server.post("/api/show", "{\"model\":\"%s\"}".formatted(name));
      assertTrue(answer.statusCode() == 404 || answer.statusCode() == 200, answer.body());
      assertEquals("application/json", answer.headers().firstValue("Content-Type").orElse(""));
      assertTrue(!answer.body().contains("root:"), answer.body());
    }
  }

  /// Who leaves at once, while it waits, or while it is told something.
  @Test
  void aStormOfThoseWhoLeave() throws Exception {
    var body = "{\"prompt\":\"the cat\",\"n_predict\":500,\"ignore_eos\":true,\"stream\":true}";
    var request =
        "POST /completion HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: %d\r\n\r\n%s".formatted(body.length(), body);
    for (int round = 0; round < 2; round++) {
      var sockets = new ArrayList<Socket>();
      for (int i = 0; i < 60; i++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.server().port());
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        sockets.add(socket);
        if (i % 3 == 0) {
          socket.close();
        }
      }
      assertTrue(sockets.get(1).getInputStream().read() >= 0);
      for (var socket : sockets) {
        socket.close();
      }
    }
    var models = server.server().models();
    while (models.totals().running() + models.totals().waiting() > 0) { // ends by the timeout
      Thread.sleep(5);
    }
  }
}

package dev.fader.serve.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpServerTest {
  private static final String KEY = "sk-test-1";
  private static final EchoDialect ECHO = new EchoDialect();
  private static final HttpLimits LIMITS =
      new HttpLimits(
          100_000,
          4096,
          100,
          Duration.ofSeconds(1),
          Duration.ofMillis(500),
          Duration.ofSeconds(5),
          Optional.empty());

  private static HttpServer server;
  private static HttpClient client;

  /// Hears nothing.
  private record Nobody() implements RequestLog {
    @Override
    public void began(Exchange exchange) {}

    @Override
    public void ended(Exchange exchange) {}

    @Override
    public void refused(int status) {
      REFUSED.add(status);
    }
  }

  /// Statuses of what could not be read.
  private static final Queue<Integer> REFUSED = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void start() throws IOException {
    var access =
        new HttpSetup.Access(
            ApiKeys.of(List.of("other", KEY)),
            new Hosts(List.of("fader.example"), List.of("https://chat.example")));
    var setup =
        new HttpSetup("127.0.0.1", 0, Optional.empty(), access, LIMITS, Duration.ofMillis(100));
    server =
        HttpServer.start(
            setup,
            List.of(ECHO),
            new Nobody(),
            failure ->
                failure instanceof IllegalArgumentException
                    ? new ApiException(ApiException.Kind.INVALID, failure.getMessage())
                    : new ApiException(ApiException.Kind.INTERNAL, "failed"));
    client = HttpClient.newHttpClient();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Authorization", "Bearer " + KEY);
  }

  private static HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    var request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  /// What comes back for these bytes until the server closes the connection.
  private static String raw(String bytes) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      var all = new ByteArrayOutputStream();
      try {
        socket.getInputStream().transferTo(all);
      } catch (SocketException reset) {
        all.writeBytes(" reset".getBytes(StandardCharsets.ISO_8859_1));
      }
      return all.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private static String head(String line) {
    return line
        + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + KEY
        + "\r\nContent-Type: application/json\r\n";
  }

  private static void assertServes() throws IOException, InterruptedException {
    assertEquals("{\"a\":1}", post("/v1/echo", "{\"a\":1}").body());
  }

  @Test
  void memoryOfAnswersIsCounted() throws Exception {
    for (int i = 0; i < 5; i++) { // what one has taken is given back
      assertEquals(200, post("/v1/reserve", "[6]").statusCode());
    }
    for (var never : List.of("[11]", "[6,6]")) { // at once, or one after another
      var large = post("/v1/reserve", never);
      assertEquals(413, large.statusCode());
      assertTrue(
          large.body().startsWith("{\"error\":\"the request would take some "), large.body());
    }
    var body = "{\"tenths\":6}";
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      var held = head("POST /v1/wait") + "Content-Length: 12\r\n\r\n" + body;
      socket.getOutputStream().write(held.getBytes(StandardCharsets.US_ASCII));
      assertTrue(socket.getInputStream().read() >= 0, "it is being answered");
      var busy = post("/v1/reserve", "[6]");
      assertEquals(429, busy.statusCode());
      assertEquals(
          "{\"error\":\"the memory for requests is in use: try again in 2 s\"}", busy.body());
      assertEquals("2", busy.headers().firstValue("Retry-After").orElse(""));
    }
    assertEquals("wait", ECHO.waited.poll(10, TimeUnit.SECONDS));
    assertServes();
  }

  /// What fails before anything was told has a status, unless it was silent for so long that the
  /// response had to begin.
  @Test
  void silentStreamsBegin() throws Exception {
    var atOnce = post("/v1/silent", "{\"millis\":0}");
    assertEquals(400, atOnce.statusCode());
    assertEquals("{\"error\":\"`n` is odd\"}", atOnce.body());
    var late = post("/v1/silent", "{\"millis\":150}");
    assertEquals(200, late.statusCode());
    assertEquals(
        ": ping\n\ndata: {\"error\":\"`n` is odd\"}\n\n",
        late.body().replaceFirst("^(: ping\n\n)+", ": ping\n\n"));
    var lines = post("/v1/silent", "{\"millis\":150,\"lines\":true}");
    assertEquals(200, lines.statusCode());
    assertEquals("{\"error\":\"`n` is odd\"}\n", lines.body().stripLeading());
    assertTrue(lines.body().startsWith(" {") || lines.body().startsWith("  "), lines.body());
  }

  @Test
  void answersWithAndWithoutVersion() throws IOException, InterruptedException {
    assertEquals("{\"a\":[1,2]}", post("/v1/echo", " {\"a\": [1, 2]}").body());
    assertEquals("{}", post("/echo", "{}").body());
    assertEquals("{\"thing\":\"a/b:c\"}", get("/v1/things/a%2Fb:c").body());
    assertEquals("{\"thing\":\"x\"}", get("/things/x").body());
    assertEquals("{\"thing\":\"../etc\"}", get("/things/..%2Fetc").body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/v1/nothing|404|there is no /v1/nothing: `fader serve --routes` lists what there is",
        "GET|/v1/echo|405|/v1/echo takes OPTIONS, POST, and not GET",
        "DELETE|/v1/things/7|405|/v1/things/7 takes GET, HEAD, OPTIONS, and not DELETE",
        "BREW|/health|405|/health takes GET, HEAD, OPTIONS, and not BREW",
        "GET|/v1/%3Cscript%3E|404|there is no /v1/<script>: `fader serve --routes` lists what there is",
        "POST|/v1/echo|400|the body is empty: send JSON",
      })
  void refusesInTheShapeOfTheInterface(String method, String path, int status, String message)
      throws IOException, InterruptedException {
    var response =
        client.send(
            request(path).method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofString());
    assertEquals(status, response.statusCode());
    assertEquals("{\"error\":\"" + message + "\"}", response.body(), response.headers().toString());
    assertEquals("application/json", response.headers().firstValue("Content-Type").orElse(""));
    assertEquals("nosniff", response.headers().firstValue("X-Content-Type-Options").orElse(""));
  }

  @Test
  void headAndOptions() throws IOException, InterruptedException {
    var head = client.send(request("/health").HEAD().build(), BodyHandlers.ofString());
    assertEquals(200, head.statusCode());
    assertEquals("11", head.headers().firstValue("Content-Length").orElse(""));
    var options =
        client.send(
            request("/v1/echo").method("OPTIONS", BodyPublishers.noBody()).build(),
            BodyHandlers.ofString());
    assertEquals(204, options.statusCode());
    assertEquals("OPTIONS, POST", options.headers().firstValue("Allow").orElse(""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Authorization|Bearer wrong|401",
        "Authorization|bearer sk-test-1|200",
        "Authorization|Bearer|401",
        "Authorization|Basic sk-test-1|401",
        "x-api-key|sk-test-1|200",
        "x-api-key|sk-test-2|401",
        "x-nothing|1|401",
      })
  void asksForAKey(String name, String value, int status) throws IOException, InterruptedException {
    for (var path : List.of("/v1/things/1", "/things/1", "/nothing", "/v1/echo?api_key=" + KEY)) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
              .header(name, value)
              .build();
      var response = client.send(request, BodyHandlers.ofString());
      int expected = status == 200 && path.equals("/nothing") ? 404 : status;
      expected = status == 200 && path.startsWith("/v1/echo") ? 405 : expected;
      assertEquals(expected, response.statusCode(), path);
      assertEquals(
          status == 401 ? "Bearer" : "",
          response.headers().firstValue("WWW-Authenticate").orElse(""));
    }
    var open = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/health"));
    assertEquals(200, client.send(open.build(), BodyHandlers.ofString()).statusCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "localhost|200",
        "LOCALHOST:1|200",
        "a.localhost|200",
        "127.0.0.1|200",
        "[::1]:80|200",
        "10.1.2.3|200",
        "fader.example:8080|200",
        "evil.com|403",
        "evil.com:80|403",
        "127.0.0.1.evil.com|403",
        "localhost.evil.com|403",
        "fader.example.evil|403",
      })
  void answersToItsNames(String host, int status) throws IOException {
    var answer = raw("GET /health HTTP/1.1\r\nConnection: close\r\nHost: " + host + "\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://localhost|200",
        "https://chat.example|200",
        "null|403",
        "http://evil.com|403",
        "http://localhost:81|403",
        "file://|403",
        "x|403",
      })
  void answersToItsPages(String origin, int status) throws IOException {
    var answer =
        raw(head("GET /v1/things/1") + "Connection: close\r\nOrigin: " + origin + "\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    assertEquals(status == 200, answer.contains("Access-Control-Allow-Origin: " + origin), answer);
    assertFalse(answer.contains("Allow-Credentials"), answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":\"\\ud800\"}|half a character",
        "{\"\\udc00\":1}|not JSON",
        "{\"a\":1,\"a\":2}|Duplicate",
        "{\"a\":NaN}|not JSON",
        "{\"a\":Infinity}|not JSON",
        "{\"a\":1}{}|not JSON",
        "{\"a\":|not JSON",
        "{'a':1}|not JSON",
        "{\"a\":1,}|not JSON",
        "{\"a\":\"\u0001\"}|not JSON",
      })
  void readsNoOtherJson(String body, String message) throws IOException, InterruptedException {
    var response = post("/v1/echo", body);
    assertEquals(400, response.statusCode());
    assertTrue(response.body().contains(message), response.body());
  }

  @Test
  void readsDepthWithinLimits() throws IOException, InterruptedException {
    assertEquals(200, post("/v1/echo", nested(63)).statusCode());
    for (int depth : new int[] {65, 49_000}) {
      var response = post("/v1/echo", nested(depth));
      assertEquals(400, response.statusCode());
      assertTrue(response.body().contains("64 levels"), response.body());
    }
    assertServes();
  }

  private static String nested(int depth) {
    return "{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}";
  }

  @Test
  void readsOnlyUtf8() throws IOException, InterruptedException {
    assertEquals("{\"a\":\"ü\"}", post("/v1/echo", "\ufeff{\"a\":\"ü\"}").body());
    var request =
        request("/v1/echo").POST(BodyPublishers.ofByteArray(new byte[] {'"', (byte) 0xff, '"'}));
    var response = client.send(request.build(), BodyHandlers.ofString());
    assertEquals("{\"error\":\"the body is not UTF-8: send JSON in UTF-8\"}", response.body());
  }

  @Test
  void readsOnlyJsonAsItIs() throws IOException, InterruptedException {
    for (var type : List.of("text/plain", "application/x-www-form-urlencoded", "multipart/x")) {
      var request = request("/v1/echo").header("Content-Type", type);
      var response =
          client.send(request.POST(BodyPublishers.ofString("{}")).build(), BodyHandlers.ofString());
      assertEquals(415, response.statusCode());
    }
    var packed =
        request("/v1/echo")
            .header("Content-Encoding", "gzip")
            .POST(BodyPublishers.ofString("{}"))
            .build();
    assertEquals(400, client.send(packed, BodyHandlers.ofString()).statusCode());
    var charset =
        request("/v1/echo")
            .header("Content-Type", "application/json; charset=utf-8")
            .POST(BodyPublishers.ofString("{}"))
            .build();
    assertEquals(200, client.send(charset, BodyHandlers.ofString()).statusCode());
  }

  @Test
  void takesNoLargerBody() throws IOException, InterruptedException {
    var body = "{\"a\":\"" + "x".repeat(99_000) + "\"}";
    assertEquals(body, post("/v1/echo", body).body());
    var answer = raw(head("POST /v1/echo") + "Content-Length: 100000000\r\n\r\n{");
    assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
    assertTrue(answer.contains("larger than 100000 bytes"), answer);
    var chunk = "8000\r\n" + " ".repeat(0x8000) + "\r\n";
    answer = raw(head("POST /v1/echo") + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(4));
    assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
    answer = raw(head("POST /v1/echo") + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\nx");
    assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
    assertEquals(1, answer.split("HTTP/1.1 ", -1).length - 1, answer);
    assertTrue(answer.contains("larger than 100000 bytes"), answer);
    answer =
        raw(head("POST /v1/echo") + "Transfer-Encoding: chunked\r\n\r\n" + "0".repeat(300_000));
    assertTrue(answer.startsWith("HTTP/1.1 413 ") || answer.contains("reset"), answer);
    assertServes();
  }

  @Test
  void readsChunks() throws IOException {
    var one = "1\r\n{\r\n1\r\n}\r\n" + "1\r\n \r\n".repeat(20_000);
    var answer =
        raw(
            head("POST /v1/echo")
                + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                + one
                + "0\r\n\r\n");
    assertTrue(answer.endsWith("\r\n\r\n{}"), answer);
  }

  /// Chunks that are longer or shorter than they say, and what is no chunk.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "31\r\n{\"content\":\"the cat\",\"with_p\r\nC\r\nieces\":true}\r\n0\r\n\r\n",
        "1\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "-2\r\n{}\r\n0\r\n\r\n",
        "zz\r\n{}\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
      })
  void refusesChunksThatLie(String body) throws IOException, InterruptedException {
    var answer = raw(head("POST /v1/echo") + "Transfer-Encoding: chunked\r\n\r\n" + body);
    assertTrue(answer.matches("(?s)HTTP/1.1 (400|408|413) .*"), answer);
    assertEquals(1, answer.split("HTTP/1.1 ", -1).length - 1, answer);
    assertServes();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 2",
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: -1",
        "Content-Length: +2",
        "Content-Length: 0x2",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding : chunked",
        "Content-Length: 2\r\n Host: evil",
        "Host: localhost\r\nContent-Length: 2",
        "A\u0000B: 1",
      })
  void refusesUnclearFraming(String headers) throws IOException, InterruptedException {
    var answer =
        raw(head("POST /v1/echo") + headers + "\r\n\r\n{}GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    assertTrue(answer.matches("(?s)HTTP/1.1 (400|411|413|501) .*"), answer);
    assertFalse(answer.contains("200 OK"), answer);
    assertFalse(answer.contains("Exception") || answer.contains("\tat "), answer);
    assertFalse(answer.contains(": null"), answer);
    assertServes();
  }

  @Test
  void refusesLongHeads() throws IOException, InterruptedException {
    var answer = raw(head("GET /v1/things/1") + "X: " + "y".repeat(64 << 10) + "\r\n\r\n");
    assertTrue(answer.matches("(?s)HTTP/1.1 (400|431) .*"), answer);
    answer = raw(head("GET /v1/things/" + "y".repeat(64 << 10)) + "\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 414 "), answer);
    assertTrue(REFUSED.contains(414), REFUSED::toString);
    answer = raw("GET /health HTTP/1.0\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 505 ") || answer.startsWith("HTTP/1.1 400 "), answer);
    answer = raw("\u0016\u0003\u0001 hello\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
    assertTrue(
        answer.contains("the request cannot be read: check its first line, and its headers"),
        answer);
    answer = raw(head("POST /v1/echo") + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    assertTrue(answer.contains("in a way that is not known here: send it as it is"), answer);
    assertServes();
  }

  @Test
  void dropsSlowSenders() throws IOException, InterruptedException {
    var answer = raw(head("POST /v1/echo"));
    assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
    answer = raw(head("POST /v1/echo") + "Content-Length: 5\r\n\r\n{");
    assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
    answer = raw("G");
    assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
    assertServes();
  }

  @Test
  void dropsSlowReaders() throws IOException, InterruptedException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      var request = head("POST /v1/flood") + "Content-Length: 2\r\n\r\n{}";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      assertEquals("flood", ECHO.flooded.poll(10, TimeUnit.SECONDS));
    }
    assertServes();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"stream\":true}", "{\"stream\":false}"})
  void noticesWhoLeavesWhileNothingIsWritten(String body) throws IOException, InterruptedException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      var request = head("POST /v1/wait") + "Content-Length: " + body.length() + "\r\n\r\n" + body;
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }
    assertEquals("wait", ECHO.waited.poll(10, TimeUnit.SECONDS));
    assertServes();
  }

  /// The beginning of another request, or several whole ones, stand between.
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 5_000, 60_000, 150_000}) // of the last not all is read
  void noticesWhoLeavesBehindEarlyBytes(int early) throws Exception {
    ECHO.waited.clear();
    var body = "{\"stream\":true}";
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setTcpNoDelay(true);
      var out = socket.getOutputStream();
      var asked =
          head("POST /v1/wait") + "Content-Length: %d\r\n\r\n%s".formatted(body.length(), body);
      out.write(asked.getBytes(StandardCharsets.ISO_8859_1));
      assertTrue(socket.getInputStream().read() >= 0, "it is being answered");
      var next = head("GET /health").getBytes(StandardCharsets.ISO_8859_1);
      for (int sent = 0; sent < early; ) {
        int some = Math.min(next.length, Math.min(early - sent, 1 + sent));
        out.write(next, 0, some);
        sent += some;
      }
    }
    assertEquals("wait", ECHO.waited.poll(10, TimeUnit.SECONDS));
    assertServes();
  }

  /// More than is kept waits in the socket.
  @Test
  void answersAllThatWasAskedEarly() throws Exception {
    var ask = head("POST /v1/events") + "Content-Length: 11\r\n\r\n{\"count\":2}";
    var last = head("POST /v1/echo") + "Connection: close\r\nContent-Length: 8\r\n\r\n{\"a\":77}";
    for (int count : new int[] {2, 7, 1000}) { // the last are 130 kB
      var answers = raw(ask.repeat(count) + last);
      assertEquals(count + 1, answers.split("HTTP/1.1 200", -1).length - 1);
      assertEquals(count, answers.split("\\[DONE]", -1).length - 1);
      assertTrue(answers.contains("{\"a\":77}"), "the last one");
    }
  }

  @Test
  void streamsEvents() throws IOException, InterruptedException {
    var response = post("/v1/events", "{\"count\":2}");
    assertEquals(
        "event: step\ndata: {\"n\":0}\n\nevent: step\ndata: {\"n\":1}\n\ndata: [DONE]\n\n",
        response.body());
    assertEquals("text/event-stream", response.headers().firstValue("Content-Type").orElse(""));
    assertEquals("data: [DONE]\n\n", post("/v1/events", "{\"count\":0}").body());
  }

  @Test
  void pingsWhileNothingIsTold() throws IOException, InterruptedException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      var request = head("POST /v1/wait") + "Content-Length: 15\r\n\r\n{\"stream\":true}";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      var seen = new StringBuilder();
      while (seen.indexOf(": ping\n\n") < 0) {
        seen.append((char) socket.getInputStream().read());
      }
    }
    assertEquals("wait", ECHO.waited.poll(10, TimeUnit.SECONDS));
  }

  @Test
  void failsWithoutTellingSecrets() throws IOException, InterruptedException {
    var response = post("/v1/fail", "{}");
    assertEquals(500, response.statusCode());
    assertEquals("{\"error\":\"failed\"}", response.body());
    response = post("/v1/fail-late", "{}");
    assertEquals(200, response.statusCode());
    var told = response.body().replace(": ping\n\n", ""); // which comes where the machine is slow
    assertEquals("data: {\"n\":0}\n\ndata: {\"error\":\"`n` is odd\"}\n\n", told);
    assertServes();
  }

  @Test
  void keepsConnections() throws IOException {
    var get = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    var post = head("POST /v1/events") + "Content-Length: 2\r\n\r\n{}";
    var last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    var answer = raw(get + post + get + post + last);
    assertEquals(5, answer.split("HTTP/1.1 200 OK", -1).length - 1, answer);
  }

  @Test
  void lists() {
    var lines = HttpServer.list(List.of(ECHO));
    assertTrue(lines.getFirst().matches("open GET +/health +Echo"), lines.getFirst());
    assertEquals(19, lines.size());
  }
}

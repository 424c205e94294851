package dev.fader.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.http.ApiKeys;
import dev.fader.serve.http.Hosts;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.model.ServedModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelServerTest {
  private static final String WRITE =
      "{\"prompt\":\"the cat\",\"ignore_eos\":true,\"stream\":%s,\"n_predict\":%d}";

  @TempDir private static Path folder;
  private static ServedModel model;

  @BeforeAll
  static void learn() throws IOException {
    model = new ServedModel("cat", SmallModel.saved(folder.resolve("m")), List.of());
  }

  private static ServerOptions with(HttpSetup.Access access, Optional<HttpSetup.TlsFiles> tls) {
    var options = ServerFor.models(model);
    var http = options.http();
    return options.withHttp(new HttpSetup(http.host(), 0, tls, access, http.limits(), http.ping()));
  }

  @Test
  void othersNeedAKey() {
    var options = ServerFor.models(model);
    var http = options.http();
    var open =
        options.withHttp(
            new HttpSetup("0.0.0.0", 0, http.tls(), http.access(), http.limits(), http.ping()));
    var refused = assertThrows(IllegalArgumentException.class, () -> ModelServer.start(open));
    assertEquals(
        "`host` is 0.0.0.0, which others reach: give a key, or listen at 127.0.0.1",
        refused.getMessage());
  }

  @Test
  void aPortThatIsTaken() throws IOException {
    try (var server = ModelServer.start(ServerFor.models(model))) {
      var options = ServerFor.models(model);
      var http = options.http();
      var same =
          options.withHttp(
              new HttpSetup(
                  http.host(),
                  server.port(),
                  http.tls(),
                  http.access(),
                  http.limits(),
                  http.ping()));
      var failed = assertThrows(IOException.class, () -> ModelServer.start(same));
      assertTrue(
          failed.getMessage().startsWith("cannot listen at 127.0.0.1:" + server.port() + ": "),
          failed.getMessage());
    }
  }

  /// By the list that the server prints itself.
  @Test
  void aWrongKeyOpensNothing() throws IOException, InterruptedException {
    var access =
        new HttpSetup.Access(ApiKeys.of(List.of("right")), new Hosts(List.of(), List.of()));
    try (var server = ModelServer.start(with(access, Optional.empty()));
        var client = HttpClient.newHttpClient()) {
      int routes = 0;
      for (var line : ModelServer.routes(List.of(model))) {
        var parts = line.strip().split("\\s+");
        if (parts[0].equals("open")) {
          assertTrue(parts[2].endsWith("/health"), line);
          continue;
        }
        var uri =
            URI.create("http://127.0.0.1:" + server.port() + parts[2].replaceAll("\\{.*", "x"));
        // Each wrong key on some routes, none on each.
        var wrong = wrongKeys();
        int turn = 1 + routes * 3 % (wrong.size() - 4);
        var some = new ArrayList<>(wrong.subList(turn, turn + 3));
        some.addFirst("");
        for (var header : routes == 0 ? wrong : some) {
          var request = HttpRequest.newBuilder(uri).method(parts[1], BodyPublishers.noBody());
          if (!header.isEmpty()) {
            request.headers(header.split(": ", 2));
          }
          var response = client.send(request.build(), BodyHandlers.ofString());
          assertEquals(401, response.statusCode(), () -> line + header);
          assertEquals("Bearer", response.headers().firstValue("WWW-Authenticate").orElse(""));
        }
        var asked = HttpRequest.newBuilder(uri.resolve("?key=right&api_key=right"));
        assertEquals(
            401,
            client
                .send(
                    asked.method(parts[1], BodyPublishers.noBody()).build(),
                    BodyHandlers.discarding())
                .statusCode());
        routes++;
      }
      assertTrue(routes > 15);
    }
  }

  /// In each form that is taken, and right ones in forms that are not; none at all first.
  private static List<String> wrongKeys() {
    var headers =
        new ArrayList<>(
            List.of(
                "",
                "api-key: right",
                "Cookie: key=right",
                "Authorization: right",
                "Authorization: Basic right",
                "Authorization: Bearer",
                "Proxy-Authorization: Bearer right"));
    for (var key : List.of("wrong", "right x", "righ", "rightt", "RIGHT", "x".repeat(8000))) {
      headers.add("Authorization: Bearer " + key);
      headers.add("x-api-key: " + key);
    }
    return headers;
  }

  /// In each form, on a route of each interface that takes one.
  @Test
  void theRightKeyOpensAll() throws IOException, InterruptedException {
    var access =
        new HttpSetup.Access(
            ApiKeys.of(List.of("right", "other")), new Hosts(List.of(), List.of()));
    try (var server = ModelServer.start(with(access, Optional.empty()));
        var client = HttpClient.newHttpClient()) {
      int routes = 0;
      for (var line : ModelServer.routes(List.of(model))) {
        var parts = line.strip().split("\\s+");
        if (parts[2].endsWith("/sse")) {
          continue; // which goes on for ever
        }
        var uri =
            URI.create("http://127.0.0.1:" + server.port() + parts[2].replaceAll("\\{.*", "x"));
        for (var header :
            List.of(
                "Authorization: Bearer right",
                "authorization: bearer other",
                "x-api-key: right",
                "X-Api-Key:  other ")) {
          var request =
              HttpRequest.newBuilder(uri)
                  .headers(header.split(": ", 2))
                  .method(parts[1], BodyPublishers.noBody())
                  .build();
          int status = client.send(request, BodyHandlers.discarding()).statusCode();
          boolean answered = status < 500 || status == 501; // what is not done here is said
          assertTrue(answered && status != 401, () -> status + " " + line + header);
        }
        routes++;
      }
      assertTrue(routes > 15);
    }
  }

  @Test
  void endsInOrder() throws Exception {
    var server = ModelServer.start(ServerFor.models(model));
    try (var client = Client.of(server.port())) {
      client.post("/models/load", "{\"model\":\"cat\"}");
      var body = WRITE.formatted(true, 200);
      var stream =
          client
              .http()
              .sendAsync(client.json("/completion", body).build(), BodyHandlers.ofInputStream());
      var response = stream.get(20, TimeUnit.SECONDS);
      var first = new byte[6];
      assertEquals(6, response.body().readNBytes(first, 0, 6));
      var closing = CompletableFuture.runAsync(server::close);
      var text = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(text.contains("\"stop\":true"), text);
      closing.get(20, TimeUnit.SECONDS);
    }
  }

  /// In the shape of each interface, and nothing else was sent.
  @Test
  void requestsEndInTime() throws Exception {
    var options = ServerFor.models(model);
    var http = options.http();
    var limits = http.limits().withAnswer(Optional.of(Duration.ofNanos(1)));
    var hurried =
        options.withHttp(
            new HttpSetup(http.host(), 0, http.tls(), http.access(), limits, http.ping()));
    try (var server = ModelServer.start(hurried);
        var client = Client.of(server.port())) {
      var raw = client.post("/completion", WRITE.formatted(true, 100));
      assertEquals(408, raw.status());
      var message = raw.body().path("error").path("message").asString();
      assertTrue(message.startsWith("the deadline "), message);
      assertTrue(
          message.endsWith(
              " has passed, with 0 tokens written: give more time, or ask for fewer tokens"),
          message);
      var lines =
          client.post("/api/generate", "{\"model\":\"cat\",\"prompt\":\"the\",\"raw\":true}");
      assertEquals(408, lines.status());
      assertEquals(
          message.substring(0, 12), lines.body().path("error").asString().substring(0, 12));
      var completion = client.post("/v1/completions", "{\"prompt\":\"the\"}");
      assertEquals(408, completion.status());
      for (var apart :
          List.of(
              List.of("/v1/embeddings", "{\"input\":[\"the\",\"cat\"]}"),
              List.of("/rerank", "{\"query\":\"the\",\"documents\":[\"cat\"]}"),
              List.of(
                  "/completion", // whose grammar takes a while
                  "{\"prompt\":\"the\",\"json_schema\":{\"pattern\":\"^.{0,3000}$\"}}"),
              List.of(
                  "/v1/completions",
                  "{\"prompt\":\"the\",\"echo\":true,\"logprobs\":1,\"max_tokens\":0}"))) {
        var late = client.post(apart.getFirst(), apart.getLast());
        assertEquals(408, late.status(), apart::getFirst);
        var told = late.body().path("error").path("message").asString();
        assertTrue(told.endsWith(" has passed: give more time, or ask for less"), told);
      }
      assertEquals(200, client.get("/health").status());
    }
  }

  @Test
  void whoLeavesFreesThePlace() throws Exception {
    try (var server = ModelServer.start(ServerFor.models(model));
        var client = Client.of(server.port())) {
      client.post("/models/load", "{\"model\":\"cat\"}");
      for (int i = 0; i < 20; i++) { // more than there are places and waiting ones
        var body = WRITE.formatted(i % 2 == 0, 200);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
          var request =
              "POST /completion HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  + "Content-Length: %d\r\n\r\n%s".formatted(body.length(), body);
          socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        }
      }
      var answer =
          client.post("/completion", "{\"prompt\":\"the\",\"n_predict\":2,\"ignore_eos\":true}");
      while (answer.status() == 429) { // some of those that left may be waiting still
        answer = client.post("/completion", "{\"prompt\":\"the\",\"n_predict\":2}");
      }
      assertEquals(200, answer.status());
    }
  }

  @Test
  void asManyAsMayWait() throws Exception {
    try (var server = ModelServer.start(ServerFor.models(model));
        var client = Client.of(server.port())) {
      client.post("/models/load", "{\"model\":\"cat\"}");
      var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int i = 0; i < 30; i++) {
        var body = WRITE.formatted(false, 40);
        answers.add(
            client
                .http()
                .sendAsync(client.json("/completion", body).build(), BodyHandlers.ofString()));
      }
      int busy = 0;
      for (var answer : answers) {
        var response = answer.get(30, TimeUnit.SECONDS);
        if (response.statusCode() == 429) {
          busy++;
          assertTrue(
              Integer.parseInt(response.headers().firstValue("Retry-After").orElse("0")) > 0);
        } else {
          assertEquals(200, response.statusCode(), response.body());
        }
      }
      // Eight are written and few may wait; but how many come at once is the machine's affair.
      assertTrue(busy < 30, busy + " of 30");
    }
  }

  @Test
  void speaksTls() throws Exception {
    var certificate = resource("certificate.pem");
    var files = new HttpSetup.TlsFiles(certificate, resource("key.pem"));
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, new char[0]);
    try (var in = Files.newInputStream(certificate)) {
      trusted.setCertificateEntry(
          "a", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    var access = new HttpSetup.Access(ApiKeys.NONE, new Hosts(List.of(), List.of()));
    try (var server = ModelServer.start(with(access, Optional.of(files)));
        var client = HttpClient.newBuilder().sslContext(context).build()) {
      var uri = "https://localhost:" + server.port();
      var health = HttpRequest.newBuilder(URI.create(uri + "/health")).build();
      assertEquals(200, client.send(health, BodyHandlers.ofString()).statusCode());
      var write =
          HttpRequest.newBuilder(URI.create(uri + "/completion"))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(WRITE.formatted(true, 10)))
              .build();
      var text = client.send(write, BodyHandlers.ofString()).body();
      assertTrue(text.contains("\"stop\":true"), text);
      try (var plain = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        var told = new ByteArrayOutputStream();
        plain.getInputStream().transferTo(told);
        assertTrue(!told.toString(StandardCharsets.ISO_8859_1).contains("HTTP"));
      }
      assertEquals(200, client.send(health, BodyHandlers.ofString()).statusCode());
    }
  }

  /// A certificate of localhost and its key, made for these tests.
  private static Path resource(String name) throws URISyntaxException {
    return Path.of(ModelServerTest.class.getResource("/tls/" + name).toURI());
  }

  @Test
  void filesThatAreNoCertificate() throws Exception {
    var wrong = Files.writeString(folder.resolve("wrong.pem"), "no key");
    var files = new HttpSetup.TlsFiles(resource("certificate.pem"), wrong);
    var access = new HttpSetup.Access(ApiKeys.NONE, new Hosts(List.of(), List.of()));
    var options = with(access, Optional.of(files));
    var failed = assertThrows(IOException.class, () -> ModelServer.start(options));
    assertTrue(failed.getMessage().contains("wrong.pem has no private key in PKCS 8"));
  }
}

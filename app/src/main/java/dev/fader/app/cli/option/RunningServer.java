package dev.fader.app.cli.option;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server on this machine that a command asks something of.
public final class RunningServer {
  /// The environment variable with the keys of a server, separated by commas. On a command line
  /// they would be seen by every user of the machine.
  public static final String KEYS = "FADER_API_KEY";

  /// Where servers listen if nothing else is said.
  public static final int PORT = 8080;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port of the server on this machine; default ${DEFAULT-VALUE}.")
  private int port = PORT;

  @Option(names = "--tls", description = "The server speaks TLS.")
  private boolean tls;

  RunningServer() {}

  /// Its port.
  public int port() {
    return port;
  }

  /// The answer to a GET.
  ///
  /// @throws IOException if there is no server, or it does not do it
  public JsonNode get(String path) throws IOException {
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  /// The answer to a POST.
  ///
  /// @throws IOException if there is no server, or it does not do it
  public JsonNode post(String path, String body) throws IOException {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private URI uri(String path) throws IOException {
    var host = ServerFile.find(port).map(noted -> reached(noted.host())).orElse("localhost");
    return URI.create("%s://%s:%d%s".formatted(tls ? "https" : "http", host, port, path));
  }

  /// By which name a server is called that listens at an address.
  static String reached(String host) {
    return switch (host) {
      case "0.0.0.0", "::", "0:0:0:0:0:0:0:0" -> "localhost";
      default -> host.contains(":") ? "[" + host + "]" : host;
    };
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException {
    Optional.ofNullable(System.getenv(KEYS))
        .map(keys -> keys.split(",", 2)[0].strip())
        .filter(key -> !key.isEmpty())
        .ifPresent(key -> request.header("Authorization", "Bearer " + key));
    try (var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
      var response =
          client.send(request.timeout(Duration.ofMinutes(10)).build(), BodyHandlers.ofString());
      var body = json(response.body());
      if (response.statusCode() == 401) {
        throw new IOException(
            "the server at port %d wants a key: put it into %s".formatted(port, KEYS));
      }
      if (response.statusCode() != 200) {
        throw new IOException(
            "the server at port %d: %s"
                .formatted(port, body.path("error").path("message").asString("no answer")));
      }
      return body;
    } catch (ConnectException none) {
      throw new IOException(
          "there is no server at port %d: start one by fader serve MODEL, or give --port"
              .formatted(port),
          none);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", ended);
    }
  }

  private JsonNode json(String body) throws IOException {
    try {
      return JsonMapper.shared().readTree(body);
    } catch (JacksonException other) {
      throw new IOException("what listens at port %d is no server of Fader".formatted(port), other);
    }
  }
}

package dev.fader.serve;

import dev.fader.ModelOptions;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ServedModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server of a [TinyModel] called `tiny`, and what asks it.
public final class TinyServer implements AutoCloseable {
  /// The name of its model.
  public static final String MODEL = "tiny";

  private final ModelServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  private TinyServer(ModelServer server) {
    this.server = server;
  }

  /// Starts one at a free port.
  ///
  /// @param directory where its model is written
  public static TinyServer start(Path directory) throws IOException {
    return start(directory, SchedulerLimits.DEFAULTS);
  }

  /// The same with other limits.
  public static TinyServer start(Path directory, SchedulerLimits limits) throws IOException {
    return start(directory, options -> options.withPolicy(options.policy().withScheduling(limits)));
  }

  /// The same with other options.
  public static TinyServer start(Path directory, UnaryOperator<ServerOptions> changed)
      throws IOException {
    var path = TinyModel.write(directory);
    var options = ServerOptions.of(path);
    var http = options.http();
    return new TinyServer(
        ModelServer.start(
            changed.apply(
                options
                    .withModels(List.of(new ServedModel(MODEL, path, List.of())))
                    .withPolicy(options.policy().withOpening(new ModelOptions(1, 1L << 30)))
                    .withGrace(Duration.ZERO)
                    .withHttp(
                        new HttpSetup(
                            http.host(),
                            0,
                            http.tls(),
                            http.access(),
                            http.limits(),
                            http.ping())))));
  }

  /// What paths are added to.
  public String address() {
    return "http://127.0.0.1:" + server.port();
  }

  /// Its parts.
  public ModelServer server() {
    return server;
  }

  /// Sends JSON.
  public HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(address() + path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  /// Sends JSON, and hands over what comes back as it comes.
  public BufferedReader open(String path, String body) throws IOException, InterruptedException {
    var response =
        client.send(
            HttpRequest.newBuilder(URI.create(address() + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofInputStream());
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /// Asks for something.
  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(address() + path)).build(), BodyHandlers.ofString());
  }

  /// Sends JSON, and reads what comes back.
  public JsonNode ask(String path, String body) throws IOException, InterruptedException {
    return JsonMapper.shared().readTree(post(path, body).body());
  }

  /// Sends JSON, and reads the data of the events that come back, one after another.
  public List<String> events(String path, String body) throws IOException, InterruptedException {
    var events = new ArrayList<String>();
    for (var line : post(path, body).body().split("\n", -1)) {
      if (line.startsWith("data: ")) {
        events.add(line.substring("data: ".length()));
      }
    }
    return events;
  }

  /// JSON as a value.
  public static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  /// A value as JSON.
  public static String text(JsonNode value) {
    return JsonText.text(value);
  }

  @Override
  public void close() {
    server.close();
    client.close(); // which waits for what is still answered
  }
}

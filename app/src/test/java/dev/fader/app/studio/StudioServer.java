package dev.fader.app.studio;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.studio.library.LibraryRoutes.HubOpening;
import dev.fader.serve.ModelServer;
import dev.fader.serve.ServerOptions;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A studio of small models, for tests.
public final class StudioServer implements AutoCloseable {
  private final ModelServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  private StudioServer(ModelServer server) {
    this.server = server;
  }

  /// One that serves a golden model under the name `tiny`.
  ///
  /// @param golden such as `models/llama`
  /// @param folder of the studio
  public static StudioServer start(String golden, Path folder) throws IOException {
    return start(
        List.of(new ServedModel("tiny", CommandLineRun.golden(golden), List.of())), folder);
  }

  public static StudioServer start(List<ServedModel> models, Path folder) throws IOException {
    return start(models, folder, List.of());
  }

  /// @param launcher the command that starts Fader
  public static StudioServer start(List<ServedModel> models, Path folder, List<String> launcher)
      throws IOException {
    return start(models, served -> new StudioDialect(served, folder, launcher));
  }

  /// @param hub where models are fetched from
  public static StudioServer startBesideHub(List<ServedModel> models, Path folder, HubOpening hub)
      throws IOException {
    return start(models, served -> new StudioDialect(served, folder, List.of(), hub));
  }

  private static StudioServer start(
      List<ServedModel> models, Function<ServedModels, Dialect> dialect) throws IOException {
    var options = ServerOptions.of(Path.of("any")).withModels(models);
    var own = options.http();
    var http = new HttpSetup("127.0.0.1", 0, own.tls(), own.access(), own.limits(), own.ping());
    return new StudioServer(
        ModelServer.start(options.withHttp(http), served -> List.of(dialect.apply(served))));
  }

  /// The command that starts this program, in a process of its own.
  public static List<String> launcher() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
    command.addAll(CommandLineRun.program());
    return command;
  }

  public String origin() {
    return "http://127.0.0.1:" + server.port();
  }

  public URI address(String path) {
    return URI.create(origin() + path);
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(address(path)).build(), BodyHandlers.ofString());
  }

  /// What is answered to a body, of whatever status.
  public HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(address(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  /// What is answered to a body that is well.
  public JsonNode json(String path, String body) throws IOException, InterruptedException {
    var response = post(path, body);
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return JsonMapper.shared().readTree(response.body());
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}

package dev.fader.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks a server on this machine.
public record Client(int port, HttpClient http) implements AutoCloseable {
  /// Of the server at a port.
  public static Client of(int port) {
    return new Client(port, HttpClient.newHttpClient());
  }

  /// What came back.
  public record Answer(int status, JsonNode body) {}

  /// GET.
  public Answer get(String path) throws IOException, InterruptedException {
    return answer(send(HttpRequest.newBuilder(uri(path))));
  }

  /// POST of JSON.
  public Answer post(String path, String body) throws IOException, InterruptedException {
    return answer(send(json(path, body)));
  }

  /// The text of the response to a POST.
  public String text(String path, String body) throws IOException, InterruptedException {
    return send(json(path, body)).body();
  }

  /// A POST that is not sent yet.
  public HttpRequest.Builder json(String path, String body) {
    return HttpRequest.newBuilder(uri(path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static Answer answer(HttpResponse<String> response) {
    return new Answer(response.statusCode(), JsonMapper.shared().readTree(response.body()));
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  @Override
  public void close() {
    http.close();
  }
}

package dev.fader.app.studio.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.studio.StudioServer;
import dev.fader.serve.model.ServedModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DroppedClientsTest {
  private static final String GENERATE = "/studio/api/board/generate";
  private static final int PLACES = 4; // for mixed models that write at a time

  @TempDir private Path folder;

  /// A golden model with room for a text that takes seconds to write.
  private static Path patient(Path copy) throws IOException {
    var golden = CommandLineRun.golden("models/llama");
    Files.createDirectory(copy);
    Files.copy(golden.resolve("model.safetensors"), copy.resolve("model.safetensors"));
    var config = Files.readString(golden.resolve("config.json"));
    Files.writeString(
        copy.resolve("config.json"),
        config
            .replace("\"max_position_embeddings\": 128", "\"max_position_embeddings\": 8192")
            .replace("\"eos_token_id\": 2", "\"eos_token_id\": null"));
    return copy;
  }

  private static String body(int tokens) {
    return "{\"model\":\"long\",\"tokens\":[5,6,7],\"temperature\":0,\"max_tokens\":%d}"
        .formatted(tokens);
  }

  @Test
  @Timeout(60)
  void whoDropsMidwayGivesItsPlaceBack() throws Exception {
    var models = List.of(new ServedModel("long", patient(folder.resolve("long")), List.of()));
    try (var studio = StudioServer.start(models, folder)) {
      var clients = new ArrayList<HttpClient>();
      for (int i = 0; i < PLACES; i++) {
        var client = HttpClient.newHttpClient();
        clients.add(client);
        var request =
            HttpRequest.newBuilder(studio.address(GENERATE))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body(8_000)))
                .build();
        var answer = client.send(request, BodyHandlers.ofInputStream());
        assertEquals(200, answer.statusCode());
        var lines =
            new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
        var first = lines.readLine();
        while (first != null && !first.startsWith("data: ")) {
          first = lines.readLine();
        }
        assertTrue(String.valueOf(first).contains("\"probability\""), first);
      }
      var busy = studio.post(GENERATE, body(1));
      assertEquals(429, busy.statusCode(), busy.body());
      assertTrue(busy.body().contains("as many texts are written as may"), busy.body());

      clients.forEach(HttpClient::shutdownNow);
      var after = studio.post(GENERATE, body(1));
      for (int i = 0; i < 400 && after.statusCode() != 200; i++) {
        Thread.sleep(50);
        after = studio.post(GENERATE, body(1));
      }
      assertEquals(200, after.statusCode(), after.body());
      assertTrue(after.body().contains("\"done\":true"), after.body());
    }
  }
}

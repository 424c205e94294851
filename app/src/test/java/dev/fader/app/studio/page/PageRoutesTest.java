package dev.fader.app.studio.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.studio.StudioServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageRoutesTest {
  @Test
  void filesOfThePage(@TempDir Path folder) throws IOException, InterruptedException {
    try (var studio = StudioServer.start("models/llama", folder)) {
      var library = studio.get("/studio/htm.js");
      assertEquals(200, library.statusCode());
      assertTrue(library.body().contains("useState"), "htm with Preact and its hooks");
      assertEquals(
          "text/javascript; charset=utf-8",
          library.headers().firstValue("Content-Type").orElseThrow());
      var policy = library.headers().firstValue("Content-Security-Policy").orElseThrow();
      assertTrue(policy.contains("script-src 'self';"), policy);
      assertEquals(307, studio.get("/studio").statusCode());

      var tag = library.headers().firstValue("ETag").orElseThrow();
      var again =
          HttpRequest.newBuilder(studio.address("/studio/htm.js"))
              .header("If-None-Match", tag)
              .build();
      try (var client = HttpClient.newHttpClient()) {
        assertEquals(304, client.send(again, BodyHandlers.ofString()).statusCode());
      }
      for (var name : new String[] {"none.js", "PageRoutes.class", "..%2fx.js", "htm/LICENSE"}) {
        var missing = studio.get("/studio/" + name);
        assertEquals(404, missing.statusCode(), name);
        assertEquals(
            "{\"error\":{\"message\":\"the page has no such file: it begins at /studio/\"}}",
            missing.body());
      }
    }
  }

  @Test
  void withoutAModelThereIsAPage(@TempDir Path folder) throws IOException, InterruptedException {
    try (var studio = StudioServer.start(List.of(), folder)) {
      assertEquals(200, studio.get("/studio/").statusCode());
      var listed = studio.get("/studio/api/models");
      assertTrue(listed.body().startsWith("{\"models\":[]"), listed.body());
      assertEquals(
          "{\"error\":{\"message\":\"there is no model a: none is served yet, open one first\",\"field\":\"model\"}}",
          studio.post("/studio/api/board", "{\"model\":\"a\"}").body());
      assertEquals(200, studio.get("/health").statusCode());
      assertEquals(404, studio.get("/props").statusCode());
      assertTrue(studio.get("/v1/models").body().contains("\"data\":[]"));
    }
  }
}

package dev.fader.app.studio.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.explain.Explanations;
import dev.fader.app.studio.StudioServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class ExplanationRoutesTest {
  @Test
  void wordsAreExplainedLive(@TempDir Path folder) throws IOException, InterruptedException {
    try (var studio = StudioServer.start("models/llama", folder)) {
      var list = JsonMapper.shared().readTree(studio.get("/studio/api/explanations").body());
      var all = Explanations.all();
      assertEquals(all.size(), list.required("explanations").size());
      assertEquals(
          all.getFirst().summary(),
          list.required("explanations").get(0).required("summary").stringValue());
      var page = studio.json("/studio/api/explanations/page", "{\"word\":\"Softmax\"}");
      assertEquals("logits", page.required("word").stringValue());
      assertEquals(
          Explanations.find("logits").orElseThrow().page(),
          page.required("markdown").stringValue());
      assertTrue(page.required("seconds").doubleValue() > 0);
      var none = studio.post("/studio/api/explanations/page", "{\"word\":\"<script>\"}");
      assertEquals(404, none.statusCode());
      assertTrue(none.body().contains("choose one of parameter, token, "), none.body());
    }
  }
}

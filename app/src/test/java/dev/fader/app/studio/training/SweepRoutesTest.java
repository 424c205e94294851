package dev.fader.app.studio.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.studio.StudioServer;
import dev.fader.serve.model.ServedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Sweeps on the studio's page, written by hand: no training.
class SweepRoutesTest {
  private static final List<ServedModel> TINY =
      List.of(new ServedModel("tiny", CommandLineRun.golden("models/llama"), List.of()));

  @TempDir private Path folder;

  private void run(String name, String result) throws IOException {
    var run = Files.createDirectories(folder.resolve("texts/ladder/runs").resolve(name));
    Files.writeString(run.resolve("settings.json"), "{}");
    if (!result.isEmpty()) {
      Files.writeString(run.resolve("result.json"), result);
    }
  }

  private static String result(String name, String purpose, double size, double loss) {
    return """
    {"name":"%s","purpose":"%s","budget":1e9,"size":%s,"parameters":20000,"tokens":%s,"loss":%s,
     "training_loss":1.5,"seconds":2.5,"settings":{"layers":"1"},"data":"abc"}\
    """
        .formatted(name, purpose, size, 1e9 / 6 / size, loss);
  }

  @Test
  void sweepsAreListedAndDrawn() throws Exception {
    run("1e9-1x32", result("1e9-1x32", "ladder", 2e4, 2.5));
    run("1e9-1x64", result("1e9-1x64", "ladder", 6e4, 2.25));
    run("1e9-2x64", "");
    Files.createDirectories(folder.resolve("other/runs/2x64-seed1")); // of a lab
    try (var studio = StudioServer.start(TINY, folder)) {
      var listed =
          JsonMapper.shared().readTree(studio.get("/studio/api/sweeps").body()).get("sweeps");
      assertEquals(1, listed.size());
      assertEquals("texts/ladder", listed.get(0).get("id").asString());
      assertEquals(2, listed.get(0).get("done").intValue());
      var sweep = studio.json("/studio/api/sweeps/detail", "{\"id\":\"texts/ladder\"}");
      assertEquals("1e9-1x32", sweep.get("runs").get(0).get("name").asString());
      assertEquals(2.25, sweep.get("runs").get(1).get("loss").doubleValue());
      assertEquals(0, sweep.get("running").size());
      assertTrue(
          sweep.get("sentences").get(0).asString().startsWith("no verdict: 2 runs of 2 sizes"),
          sweep::toString);
      assertTrue(
          sweep.get("drawings").get(0).get("svg").asString().startsWith("<svg xmlns="),
          sweep::toString);
      var unknown = studio.post("/studio/api/sweeps/detail", "{\"id\":\"../etc\"}");
      assertEquals(404, unknown.statusCode());
      assertTrue(unknown.body().contains("there is no such sweep in "), unknown.body());
      run("1e9-2x64", "{\"name\":");
      var broken = studio.post("/studio/api/sweeps/detail", "{\"id\":\"texts/ladder\"}");
      assertEquals(400, broken.statusCode());
      assertTrue(broken.body().contains("1e9-2x64/result.json"), broken.body());
      listed = JsonMapper.shared().readTree(studio.get("/studio/api/sweeps").body()).get("sweeps");
      assertEquals(3, listed.get(0).get("done").intValue());
    }
  }
}

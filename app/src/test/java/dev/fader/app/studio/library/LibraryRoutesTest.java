package dev.fader.app.studio.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.app.hub.Hub;
import dev.fader.app.hub.HubConfig;
import dev.fader.app.hub.HubServer;
import dev.fader.app.studio.StudioServer;
import dev.fader.serve.model.ServedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LibraryRoutesTest {
  private static final Path LLAMA = CommandLineRun.golden("models/llama");
  private static final Path GGUF = CommandLineRun.golden("gguf/wide256-q4_0.gguf");
  private static final String HOSTILE = "<b>\u202ewide.gguf";

  @TempDir private Path folder;
  @TempDir private Path cache;
  private HubServer hub;
  private StudioServer studio;

  @BeforeEach
  void start() throws IOException {
    hub = new HubServer();
    for (var name : List.of("config.json", "model.safetensors")) {
      hub.with(name, Files.readAllBytes(LLAMA.resolve(name)));
    }
    var mine = Files.createDirectories(folder.resolve("runs/mine"));
    for (var name : List.of("config.json", "model.safetensors")) {
      Files.copy(LLAMA.resolve(name), mine.resolve(name));
    }
    Files.copy(GGUF, folder.resolve(HOSTILE));
    Files.writeString(folder.resolve("broken.gguf"), "GGUF");
    Files.createDirectories(folder.resolve(".hidden"));
    Files.copy(GGUF, folder.resolve(".hidden/no.gguf"));
    var config = new HubConfig(cache, hub.endpoint(), Optional.empty(), false);
    studio =
        StudioServer.startBesideHub(
            List.of(new ServedModel("tiny", LLAMA, List.of())), folder, () -> new Hub(config));
  }

  @AfterEach
  void stop() {
    studio.close();
    hub.close();
  }

  private JsonNode model(String name) throws IOException, InterruptedException {
    for (var model : library().required("models")) {
      if (model.required("name").stringValue().equals(name)) {
        return model;
      }
    }
    throw new AssertionError(name + " is not in " + library());
  }

  private JsonNode library() throws IOException, InterruptedException {
    return JsonMapper.shared().readTree(studio.get("/studio/api/library").body());
  }

  @Test
  void modelsOfTheFolderAreListedWithWhatTheyNeed() throws IOException, InterruptedException {
    assertEquals(3, library().required("models").size());
    assertTrue(library().required("free_bytes").longValue() > 0);
    var mine = model("runs/mine");
    assertEquals("folder", mine.required("source").stringValue());
    assertEquals(2, mine.required("files").intValue());
    assertEquals("F32", mine.required("type").stringValue());
    var plan = CommandLineRun.ofLine("plan %s --type f32 --json", LLAMA).json();
    assertEquals(
        plan.findValue("run").required("total_bytes").longValue(),
        mine.required("needs_bytes").longValue());
    assertTrue(mine.required("fits").booleanValue());
    var tensors = studio.json("/studio/api/tensors", "{\"model\":\"tiny\"}");
    assertEquals(tensors.required("parameters"), mine.required("parameters"));
    var wide = model(HOSTILE);
    assertEquals("Q4_0", wide.required("type").stringValue());
    assertEquals(Files.size(GGUF), wide.required("bytes").longValue());
    assertTrue(wide.required("needs_bytes").longValue() > Files.size(GGUF));
    assertFalse(model("broken.gguf").has("parameters"));
  }

  @Test
  void aModelIsFetchedAndServed() throws IOException, InterruptedException {
    var answer = studio.post("/studio/api/library/pull", "{\"name\":\"owner/name\"}").body();
    var events =
        answer
            .lines()
            .filter(line -> line.startsWith("data: "))
            .map(line -> JsonMapper.shared().readTree(line.substring(6)))
            .toList();
    assertEquals("owner/name", events.getLast().required("model").stringValue());
    var before = events.get(events.size() - 2);
    assertEquals(before.required("of"), before.required("done"));
    assertEquals(events.getLast().required("bytes"), before.required("of"));
    var there = model("owner/name");
    assertEquals("hub", there.required("source").stringValue());
    assertFalse(there.has("served"));
    var opened = studio.json("/studio/api/library/open", "{\"name\":\"owner/name\"}");
    assertEquals("{\"model\":\"owner/name\"}", opened.toString());
    assertEquals("owner/name", model("owner/name").required("served").stringValue());
    assertEquals(opened, studio.json("/studio/api/library/open", "{\"name\":\"owner/name\"}"));
    assertTrue(studio.get("/v1/models").body().contains("\"owner/name\""));
  }

  @Test
  void whatIsServedByAPathFromHereIsNotOpenedTwice() throws IOException, InterruptedException {
    var path = folder.resolve("runs/mine");
    var here = Path.of("").toAbsolutePath();
    assertEquals(here.getRoot(), path.getRoot(), "no path leads there from here");
    var relative = here.relativize(path.toAbsolutePath());
    var given = List.of(new ServedModel("given", relative, List.of()));
    var config = new HubConfig(cache, hub.endpoint(), Optional.empty(), false);
    try (var other = StudioServer.startBesideHub(given, folder, () -> new Hub(config))) {
      assertTrue(other.get("/studio/api/library").body().contains("\"served\":\"given\""));
      assertEquals(
          "{\"model\":\"given\"}",
          other.json("/studio/api/library/open", "{\"name\":\"runs/mine\"}").toString());
    }
  }

  @Test
  void namesBecomeNamesThatCanBeAskedFor() throws IOException, InterruptedException {
    var body = JsonMapper.shared().createObjectNode().put("name", HOSTILE);
    assertEquals(
        "{\"model\":\"b--wide\"}",
        studio.json("/studio/api/library/open", body.toString()).toString());
  }

  private void refused(int status, String path, String body, String message)
      throws IOException, InterruptedException {
    var response = studio.post("/studio/api/library/" + path, body);
    assertEquals(status, response.statusCode(), response.body());
    var told = JsonMapper.shared().readTree(response.body()).findValue("message").stringValue();
    assertTrue(told.contains(message), told);
  }

  @Test
  void whatIsNotListedIsNeverOpened() throws IOException, InterruptedException {
    for (var name : List.of("../mine", "/etc", "runs/../runs/mine", "runs/mine/", "C:\\x", "")) {
      for (var field : List.of("name", "path")) {
        refused(
            404,
            "open",
            JsonMapper.shared().createObjectNode().put(field, name).toString(),
            "no such model is in the cache of the hub or in the folder");
      }
    }
    refused(400, "open", "{}", "give either `name` or `path`");
    refused(503, "open", "{\"name\":\"broken.gguf\"}", "cannot be opened");
    refused(400, "pull", "{\"name\":\"../x\"}", "is not a model name of the hub");
    refused(400, "pull", "{\"name\":\"a/b:../../c\"}", "neither a file nor a quantisation");
    refused(503, "pull", "{\"name\":\"nobody/none\"}", "is not on 127.0.0.1 (404)");
  }
}

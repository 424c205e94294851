package dev.fader.app.studio.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RunRoutesTest {
  private static final List<ServedModel> TINY =
      List.of(new ServedModel("tiny", CommandLineRun.golden("models/llama"), List.of()));

  @TempDir private static Path empty;
  private static StudioServer plain; // that starts no runs

  @TempDir private Path folder;
  private Path processes;

  @BeforeAll
  static void begin() throws IOException {
    plain = StudioServer.start(TINY, empty);
  }

  @BeforeEach
  void noProcesses() throws IOException {
    processes = Files.createTempDirectory(empty, "processes").resolve("started");
  }

  @AfterAll
  static void end() {
    plain.close();
  }

  /// The command that starts this program, which says what process it is before it does.
  private List<String> launcher() {
    var command =
        new ArrayList<>(
            List.of("sh", "-c", "echo $$ >> '%s'; exec \"$@\"".formatted(processes), "sh"));
    command.addAll(StudioServer.launcher());
    return command;
  }

  /// A run goes on when its studio ends, and would when its test has failed.
  @AfterEach
  void endRuns() throws Exception {
    if (Files.exists(processes)) {
      for (var line : Files.readAllLines(processes)) {
        var process = ProcessHandle.of(Long.parseLong(line));
        if (process.isPresent()) {
          process.get().destroyForcibly();
          process.get().onExit().get(10, TimeUnit.SECONDS);
        }
      }
    }
  }

  @Test
  void startedFollowedStoppedAndResumed() throws Exception {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 20_000);
    try (var studio = StudioServer.start(TINY, folder, launcher())) {
      var begun =
          studio.json(
              "/studio/api/runs/start",
              "{\"name\":\"mine\",\"data\":\"%s\",\"steps\":1000000,\"depth\":1,\"context\":16,\"batch\":1}"
                  .formatted(text.getFileName()));
      assertEquals("mine", begun.get("id").asString());
      var out = Path.of(begun.get("path").asString());
      await(() -> Files.exists(out.resolve("log.jsonl")));

      var cursor = new String[1];
      follow(
          studio,
          "",
          event -> {
            cursor[0] = event.path("cursor").asString(cursor[0]);
            return event.has("points") && event.get("points").get(0).get("step").asLong() >= 1;
          });
      var listed = studio.get("/studio/api/runs").body();
      var run = JsonMapper.shared().readTree(listed).get("runs").get(0);
      assertEquals("running", run.get("state").asString());
      assertTrue(run.get("mine").asBoolean());
      assertEquals(1_000_000, run.get("horizon").asLong());

      var refused = studio.post("/studio/api/runs/resume", "{\"id\":\"mine\"}");
      assertEquals(400, refused.statusCode(), refused.body());
      studio.json("/studio/api/runs/stop", "{\"id\":\"mine\"}");
      var seen = new ArrayList<JsonNode>();
      follow(
          studio,
          cursor[0],
          event -> {
            seen.add(event);
            return event.path("state").asString("").equals("stopped");
          });
      assertTrue(seen.stream().noneMatch(event -> event.path("anew").asBoolean(false)));
      await(() -> detail(studio).has("exit")); // the process ends a moment after the run
      var detail = detail(studio);
      assertEquals("16", detail.get("recipe").get("context").asString());
      assertFalse(detail.get("verdict").asString().isEmpty());
      assertEquals(130, detail.get("exit").asInt());

      long steps = detail.get("steps").asLong();
      studio.json("/studio/api/runs/resume", "{\"id\":\"mine\"}");
      follow(studio, cursor[0], event -> isPast(event, steps));
      studio.json("/studio/api/runs/stop", "{\"id\":\"mine\"}");
      await(() -> Files.exists(out.resolve("ending.json")));
    }
  }

  @Test
  void oneThatFailsBeforeItsFirstStep() throws Exception {
    try (var studio = StudioServer.start(TINY, folder, launcher())) {
      studio.json(
          "/studio/api/runs/start", "{\"name\":\"mine\",\"data\":\"nothing.txt\",\"steps\":10}");
      follow(studio, "", event -> event.path("state").asString("").equals("failed"));
      // One that has gone is told, and the others are followed on the same connection.
      var gone = new AtomicBoolean();
      followOne(
          studio,
          "{\"runs\":[{\"id\":\"gone\"},{\"id\":\"mine\",\"cursor\":\"\"}]}",
          event -> {
            gone.compareAndSet(
                false, event.path("id").asString("").equals("gone") && event.has("problem"));
            return event.path("id").asString("").equals("mine")
                && event.path("state").asString("").equals("failed");
          });
      assertTrue(gone.get());
      var detail = studio.json("/studio/api/runs/detail", "{\"id\":\"mine\"}");
      assertEquals("failed", detail.get("state").asString());
      assertTrue(detail.get("words").asString().contains("nothing.txt"), detail::toString);
      assertEquals(1, detail.get("exit").asInt());
    }
  }

  @Test
  void oneProcessARunAndNoArgumentsFromFiles() throws Exception {
    var launcher = List.of("sh", "-c", "exec sleep 5"); // which has no folder to be seen by
    try (var studio = StudioServer.start(TINY, folder, launcher)) {
      var body = "{\"name\":\"mine\",\"data\":\"@arguments\"}";
      var begun = studio.json("/studio/api/runs/start", body);
      assertEquals(
          "fader train --out %s --data=@arguments".formatted(folder.resolve("mine")),
          begun.get("command").asString());
      var again = studio.post("/studio/api/runs/start", body);
      assertEquals(400, again.statusCode());
      assertTrue(again.body().contains("is being trained already: stop it first"), again.body());
    }
  }

  private static boolean isPast(JsonNode event, long steps) {
    for (var point : event.path("points")) {
      if (point.get("step").asLong() > steps) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode detail(StudioServer studio) throws IOException, InterruptedException {
    return studio.json("/studio/api/runs/detail", "{\"id\":\"mine\"}");
  }

  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static void await(Condition condition) throws Exception {
    for (int i = 0; i < 600 && !condition.holds(); i++) {
      Thread.sleep(50);
    }
    assertTrue(condition.holds());
  }

  /// Reads events of the run until one is such.
  private static void follow(StudioServer studio, String cursor, Predicate<JsonNode> last)
      throws Exception {
    followOne(studio, "{\"id\":\"mine\",\"cursor\":\"%s\"}".formatted(cursor), last);
  }

  private static void followOne(StudioServer studio, String body, Predicate<JsonNode> last)
      throws Exception {
    var request =
        HttpRequest.newBuilder(studio.address("/studio/api/runs/events"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    var heard = "nothing";
    try (var client = HttpClient.newHttpClient()) {
      var response = client.send(request, BodyHandlers.ofInputStream());
      try (var lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
          heard = line.isEmpty() ? heard : line;
          if (line.startsWith("data: ")
              && last.test(JsonMapper.shared().readTree(line.substring(6)))) {
            client.shutdownNow();
            return;
          }
        }
      }
    }
    throw new AssertionError("the stream ended with " + heard);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "start|{}|`name` is missing, and must be a string",
        "start|{'name':'../x','data':'a'}|`name` is \"../x\", and must be a name of at most 100 letters, digits, spaces and . _ + - that begins with a letter or digit",
        "start|{'name':'con','data':'a'}|`name`: con is a device where Windows runs: choose another name",
        "start|{'name':'x'}|`data` is missing: give it",
        "start|{'name':'x','data':'--init=/etc'}|`data` is \"--init=/etc\", and must be a file, a folder, or jdk for the sources of the JDK",
        "start|{'name':'x','data':'a','steps':0}|`steps` is 0, and must be a whole number from 1 to 100000000",
        "start|{'name':'x','data':'a','lr':-1}|`lr` is -1, and must be a number above 0 and at most 10",
        "start|{'name':'x','data':'a'}|runs are started where the studio was by the fader script: start this one by fader train, and it is shown here",
      })
  void saysWhatIsWrong(String route, String body, String message) throws Exception {
    var response = plain.post("/studio/api/runs/" + route, body.replace('\'', '"'));
    var told = JsonMapper.shared().readTree(response.body()).get("error").get("message");
    assertEquals(message, told.asString());
    assertTrue(response.statusCode() >= 400);
  }

  @Test
  void whatIsNoRunOfTheFolder() throws Exception {
    var outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("log.jsonl"), "{\"step\":1,\"loss\":2.5}\n{\"step\":2,\"lo");
    var inside = Files.createDirectory(folder.resolve("inside"));
    Files.createDirectories(inside.resolve("a/.hidden/run"));
    Files.writeString(inside.resolve("a/.hidden/run/log.jsonl"), "{}\n");
    try (var studio = StudioServer.start(TINY, inside)) {
      assertEquals("{\"runs\":[]}", studio.get("/studio/api/runs").body());
      for (var id : List.of("../outside", outside.toString(), "a/.hidden/run")) {
        var response = studio.post("/studio/api/runs/detail", "{\"id\":\"%s\"}".formatted(id));
        assertEquals(404, response.statusCode(), id);
      }
    }
    try (var studio = StudioServer.start(TINY, folder)) {
      var run = JsonMapper.shared().readTree(studio.get("/studio/api/runs").body()).get("runs");
      assertEquals(1, run.size());
      assertEquals("interrupted", run.get(0).get("state").asString());
      assertEquals(2.5, run.get(0).get("loss").asDouble());
    }
  }

  @Test
  void runsOfStrangersDoNotHideOthers() throws Exception {
    var log = "{\"step\":\"<b>\",\"loss\":{\"a\":1},\"horizon\":1}\nnull\n{\"step\":1e400}\n";
    var odd = Files.createDirectory(folder.resolve("odd"));
    Files.writeString(odd.resolve("log.jsonl"), log);
    Files.writeString(odd.resolve("recipe.json"), "[".repeat(5000));
    Files.writeString(odd.resolve("ending.json"), "{\"ending\":[],\"verdict\":{}}");
    var elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(elsewhere.resolve("log.jsonl"), odd.resolve("log.jsonl"));
    var well = Files.createDirectory(folder.resolve("well"));
    Files.writeString(well.resolve("log.jsonl"), "{\"step\":3,\"loss\":1.5,\"horizon\":3}\n");
    try (var studio = StudioServer.start(TINY, folder)) {
      var listed = studio.get("/studio/api/runs").body();
      var states = new TreeMap<String, String>();
      JsonMapper.shared()
          .readTree(listed)
          .path("runs")
          .forEach(run -> states.put(run.get("id").asString(), run.get("state").asString()));
      assertEquals(Map.of("odd", "interrupted", "well", "completed"), states, listed);
      var detail = studio.json("/studio/api/runs/detail", "{\"id\":\"odd\"}");
      assertEquals(0, detail.get("recipe").size());
      assertTrue(detail.get("recipe_problem").asString().contains("is not a recipe"));
    }
  }
}

package dev.fader.app.studio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.LanguageModel;
import dev.fader.app.cli.CommandLineRun;
import dev.fader.generate.Pooling;
import dev.fader.serve.model.ServedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The page as a browser shows it, with a small model that was trained a moment ago. `.ci/run`
/// names the browser and the packages of Node; elsewhere it is skipped.
class PageInBrowserTest {
  private static final String PROMPT = "Line 7 of a ";

  /// What is written and opened again differs by roundings of float32 and no more: the limit that
  /// the issue sets for logits holds for their differences, too.
  private static final double ROUNDING = 1e-5;

  @TempDir private static Path folder;
  private static Path node; // the folder with the packages
  private static String browser;
  private static Path demo;
  private static StudioServer studio;

  @BeforeAll
  static void begin() throws IOException {
    var packages = Optional.ofNullable(System.getenv("FADER_NODE_CLIENTS")).map(Path::of);
    assumeTrue(
        packages
            .filter(path -> Files.isDirectory(path.resolve("node_modules/playwright-core")))
            .filter(path -> Files.isDirectory(path.resolve("node_modules/axe-core")))
            .isPresent(),
        "FADER_NODE_CLIENTS names no folder with npm's playwright-core and axe-core");
    var found = Optional.ofNullable(System.getenv("FADER_BROWSER"));
    assumeTrue(found.isPresent(), "FADER_BROWSER names no Chromium");
    node = packages.orElseThrow();
    browser = found.get();
    demo = folder.resolve("demo");
    var text = CommandLineRun.text(folder.resolve("text.txt"), 20_000);
    var trained =
        CommandLineRun.ofLine(
            "train --quiet --threads 1 --out %s --data %s --tokenizer bytes --layers 2 --dim 32"
                + " --heads 2 --context 512 --no-tied --batch 1 --steps 60 --seed 1",
            demo, text);
    assertEquals(0, trained.exit(), trained.err());
    var loud = folder.resolve("loud");
    var examples = Files.writeString(folder.resolve("loud.jsonl"), "{\"text\":\"LINE 7!\"}\n");
    var tuned =
        CommandLineRun.ofLine(
            "tune %s --quiet --threads 1 --data %s --out %s --rank 2 --steps 3 --lr 0.05",
            demo, examples, loud);
    assertEquals(0, tuned.exit(), tuned.err());
    studio =
        StudioServer.start(
            List.of(
                new ServedModel("demo", demo, List.of(new ServedModel.NamedAdapter("loud", loud))),
                new ServedModel("hostile", HostileModel.write(folder.resolve("h")), List.of())),
            folder,
            StudioServer.launcher());
  }

  @AfterAll
  static void end() throws Exception {
    if (studio == null) {
      return;
    }
    var runs = JsonMapper.shared().readTree(studio.get("/studio/api/runs").body()).get("runs");
    for (var run : runs) {
      if (run.get("state").asString().equals("running")) {
        studio.post("/studio/api/runs/stop", "{\"id\":%s}".formatted(run.get("id")));
      }
    }
    studio.close();
  }

  /// Runs a script that visits the page; what it prints.
  private static Optional<JsonNode> visit(String script, String... more)
      throws IOException, InterruptedException {
    // Imports are looked up from where the scripts lie.
    var scripts = Files.createTempDirectory(node, "page");
    try {
      for (var name : List.of("browser.mjs", script)) {
        try (var source = PageInBrowserTest.class.getResourceAsStream(name)) {
          Files.copy(Objects.requireNonNull(source, name), scripts.resolve(name));
        }
      }
      var command = new ArrayList<>(List.of("node", scripts.resolve(script).toString()));
      command.addAll(List.of(studio.origin(), browser));
      command.addAll(List.of(more));
      var errors = scripts.resolve("errors").toFile();
      var output = scripts.resolve("output");
      var process =
          new ProcessBuilder(command).redirectError(errors).redirectOutput(output.toFile()).start();
      boolean ended = process.waitFor(5, TimeUnit.MINUTES);
      if (!ended) {
        process.destroyForcibly();
      }
      assertTrue(ended, "it hangs");
      assertEquals(
          0, process.exitValue(), Files.readString(errors.toPath(), StandardCharsets.UTF_8));
      var told = Files.readString(output);
      return told.isBlank() ? Optional.empty() : Optional.of(JsonMapper.shared().readTree(told));
    } finally {
      delete(scripts);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  /// What the page showed is what the terminal says of the scene that was saved, to the bit, and
  /// what the exported models say.
  @Test
  void boardSceneAndExport() throws Exception {
    var told = visit("board.mjs").orElseThrow();
    var shown = told.get("shown").get("next");
    var scene = folder.resolve("quiet head.mix.json");
    var mixed =
        CommandLineRun.of("mix", scene.toString(), demo.toString(), PROMPT, "--json").json();
    assertTrue(shown.size() >= 10);
    var inTerminal = new HashMap<Integer, JsonNode>();
    mixed.get("next").forEach(token -> inTerminal.put(token.get("id").asInt(), token));
    for (var token : shown) {
      var same = inTerminal.get(token.get("id").asInt());
      assertEquals(same.get("with").asDouble(), token.get("after").asDouble());
      assertEquals(same.get("without").asDouble(), token.get("before").asDouble());
    }

    var expected = logits(demo, "--mix", scene.toString());
    var copy = logits(Path.of(told.get("written").get(0).get("path").asString()));
    var lora = logits(demo, "--adapter", told.get("written").get(1).get("path").asString());
    for (int id = 0; id < expected.length; id++) {
      assertEquals(expected[id], copy[id], ROUNDING);
      assertEquals(expected[id], lora[id], ROUNDING);
    }
  }

  /// Those of the whole vocabulary, after the prompt.
  private static double[] logits(Path model, String... more) {
    var line =
        Stream.concat(
                Stream.of("predict", model.toString(), "--prompt", PROMPT, "--all", "--json"),
                Stream.of(more))
            .toArray(String[]::new);
    var logits = CommandLineRun.of(line).json().get("positions").get(0).get("logits");
    var values = new double[logits.size()];
    for (int id = 0; id < values.length; id++) {
      values[id] = logits.get(id).asDouble();
    }
    return values;
  }

  /// A number of the head, w[i][j], moves the logit of token i by its change times x[j], what comes
  /// out of the last norm, and no other logit. The direction of x is the embedding of the text, its
  /// length what makes w x the logits.
  @Test
  void oneCellMovesOneLogitByWhatArithmeticSays() throws Exception {
    int column = 5;
    double[] before = logits(demo);
    int token = 0;
    for (int id = 1; id < before.length; id++) {
      token = before[id] > before[token] ? id : token;
    }
    double[] row = headRow(token);
    float[] direction;
    try (var model = LanguageModel.open(demo)) {
      direction = model.embed(PROMPT, Pooling.LAST);
    }
    double along = 0;
    for (int j = 0; j < row.length; j++) {
      along += row[j] * direction[j];
    }
    double x = direction[column] * before[token] / along;
    double change = 1;
    var told =
        visit(
                "cell.mjs",
                "lm_head.weight",
                Integer.toString(token),
                Integer.toString(column),
                Double.toString(row[column] + change))
            .orElseThrow();
    double moved = 0;
    double others = Double.NaN;
    for (var shown : told.get("next")) {
      double ratio = Math.log(shown.get("after").asDouble() / shown.get("before").asDouble());
      if (shown.get("id").asInt() == token) {
        moved = ratio;
      } else {
        others = ratio; // all move by what the sum of the softmax does
      }
    }
    assertEquals(change * x, moved - others, 1e-4, "as float32 and its softmax round");
  }

  private static double[] headRow(int token) {
    var slice =
        CommandLineRun.of(
                "inspect",
                demo.toString(),
                "--tensor",
                "lm_head.weight",
                "--slice",
                token + ",:",
                "--json")
            .json();
    var values = slice.findValue("values");
    var row = new ArrayList<Double>();
    values.forEach(value ->
        (value.isArray() ? value : List.of(value)).forEach(number -> row.add(number.asDouble())));
    return row.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Test
  void inspectTraceAndCompare() throws Exception {
    visit("inspect.mjs");
  }

  @Test
  void whatFineTuningChanged() throws Exception {
    visit("tuned.mjs");
  }

  @Test
  void madeLikeSomething() throws Exception {
    visit("steer.mjs");
  }

  @Test
  void theBoardByKeyboardAlone() throws Exception {
    visit("keys.mjs");
  }

  @Test
  void aRunThatIsWatched() throws Exception {
    visit("train.mjs", folder.resolve("text.txt").toString());
  }

  @Test
  void aSweepWithItsDrawings() throws Exception {
    var ladder =
        CommandLineRun.ofLine(
            "sweep --quiet --threads 1 --data %s --out %s --tokenizer bytes --context 16 --batch 2"
                + " --budget 4e7 --sizes 1x32,1x64",
            folder.resolve("text.txt"), folder.resolve("ladder"));
    assertEquals(1, ladder.exit(), ladder.err()); // two runs are no law
    visit("sweeps.mjs");
  }

  @Test
  void chatWithStop() throws Exception {
    visit("chat.mjs");
  }

  @Test
  void textsOfModelsAreText() throws Exception {
    visit("hostile.mjs");
  }

  @Test
  void accessibleAtThreeWidthsInBothThemes() throws Exception {
    visit("looks.mjs");
  }
}

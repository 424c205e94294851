package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The golden files again, through the commands as a user gives them.
class GoldenCommandTest {
  @TempDir private Path folder;

  private static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  private static String ids(JsonNode array) {
    var ids = new ArrayList<String>();
    array.forEach(id -> ids.add(id.asString()));
    return String.join(",", ids);
  }

  /// Ten steps in float32 against ten in float64: what rounding does to a loss doubles with each
  /// step or so and is far below 1e-3 after ten.
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "gemma2"})
  void trainLossesMatchTheReference(String name) throws IOException {
    var golden = json(CommandLineRun.golden("training/" + name + "/training.json"));
    var sequences = new StringBuilder();
    golden
        .get("batch")
        .forEach(row -> sequences.append("{\"ids\":[").append(ids(row)).append("]}\n"));
    var data = Files.writeString(folder.resolve("two-sequences.jsonl"), sequences);
    var out = folder.resolve("out");
    var run =
        CommandLineRun.trainOnly(
            out,
            "--init",
            CommandLineRun.golden("models/" + name).toString(),
            "--data",
            data.toString(),
            "--batch",
            "2",
            "--steps",
            "10",
            "--lr",
            "0.01",
            "--schedule",
            "constant",
            "--warmup",
            "0",
            "--decay-all",
            "--clip",
            "1");
    assertEquals(0, run.exit(), run.err());
    var lines = Files.readAllLines(out.resolve("log.jsonl"));
    assertEquals(10, lines.size());
    for (int step = 0; step < 10; step++) {
      var line = JsonMapper.shared().readTree(lines.get(step));
      assertEquals(step + 1, line.get("step").asInt());
      assertEquals(
          golden.get("losses").get(step).doubleValue(),
          line.get("loss").doubleValue(),
          1e-3,
          "step " + (step + 1));
      for (var field : List.of("grad_norm", "lr", "tokens", "seconds")) {
        assertTrue(line.get(field).isNumber(), field);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen2", "qwen3", "gemma2", "mistral-sliding"})
  void predictLogitsMatchTheReference(String name) {
    var model = CommandLineRun.golden("models/" + name);
    var golden = json(model.resolve("golden.json"));
    var positions =
        CommandLineRun.ofLine(
                "predict %s --ids %s --positions %s --all --json --threads 1",
                model, ids(golden.get("input_ids")), ids(golden.get("logits_positions")))
            .json()
            .get("positions");
    assertEquals(golden.get("logits_positions").size(), positions.size());
    for (int i = 0; i < positions.size(); i++) {
      assertEquals(golden.get("logits_positions").get(i), positions.get(i).get("position"));
      var expected = golden.get("logits").get(i);
      var logits = positions.get(i).get("logits");
      assertEquals(expected.size(), logits.size());
      for (int id = 0; id < expected.size(); id++) {
        // float32 against float64, through a few layers of numbers of about 1
        assertEquals(expected.get(id).doubleValue(), logits.get(id).doubleValue(), 1e-4);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen2", "qwen3", "gemma2", "mistral-sliding"})
  void generateMatchesTheReference(String name) {
    var model = CommandLineRun.golden("models/" + name);
    var golden = json(model.resolve("golden.json"));
    var greedy = golden.get("greedy_ids");
    var written =
        CommandLineRun.ofLine(
                "generate %s --ids %s --greedy --max-tokens %s --json --threads 1",
                model, ids(golden.get("input_ids")), greedy.size())
            .json();
    assertEquals(ids(greedy), ids(written.get("ids")));
    assertEquals(golden.get("input_ids").size(), written.get("prompt_tokens").asInt());
    assertEquals("length", written.get("stop_reason").asString());
    assertEquals("", written.get("text").asString());
  }
}

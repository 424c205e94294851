package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `evaluate`: which windows it measures, and that its figures are those of the reference.
class EvaluateCommandTest {
  @TempDir private Path folder;

  private static void copy(Path from, Path to, String... names) throws IOException {
    Files.createDirectories(to);
    for (var name : names) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
  }

  /// A golden model with a golden tokenizer.
  private Path model(String name, String tokenizer) throws IOException {
    var model = folder.resolve(name + "-" + tokenizer);
    if (!Files.exists(model)) {
      copy(CommandLineRun.golden("models/" + name), model, "config.json", "model.safetensors");
      copy(
          CommandLineRun.golden("evaluation/" + tokenizer),
          model,
          "tokenizer.json",
          "tokenizer_config.json");
    }
    return model;
  }

  private static JsonNode evaluated(Path model, Path text, String... more) {
    var arguments =
        new ArrayList<>(List.of("evaluate", model.toString(), "--data", text.toString(), "--json"));
    arguments.addAll(List.of(more));
    return CommandLineRun.of(arguments.toArray(String[]::new)).json();
  }

  /// Both in the exact mean over some hundred tokens; what is left is float32 against float64, far
  /// below 1e-5 in the logits of these models.
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "qwen3", "gemma2"})
  void figuresMatchTheReference(String name) throws IOException {
    var golden =
        JsonMapper.shared().readTree(CommandLineRun.golden("evaluation/evaluation.json").toFile());
    var text = Files.writeString(folder.resolve("text.txt"), golden.get("text").asString());
    int cases = 0;
    for (var expected : golden.get("cases")) {
      if (!expected.get("model").asString().equals(name)) {
        continue;
      }
      cases++;
      var model = model(name, expected.get("tokenizer").asString());
      int stride = expected.get("stride").asInt();
      var context = List.of("--context", expected.get("context").asString());
      var arguments = new ArrayList<>(context);
      if (stride > 0) {
        arguments.addAll(List.of("--stride", "" + stride));
      }
      var measured = evaluated(model, text, arguments.toArray(String[]::new));
      assertEquals(
          expected.get("loss").doubleValue(),
          measured.get("loss").doubleValue(),
          1e-5,
          expected.toString());
      assertEquals(expected.get("tokens").asInt(), measured.get("tokens").asInt());
      var convention = stride > 0 ? "stride" : "whole windows";
      assertEquals(convention, measured.get("convention").asString());
    }
    assertEquals(12, cases);
  }

  /// The context is what is wrong where it has no room, whatever the stride.
  @Test
  void contextIsCheckedBeforeStride() throws IOException {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 200);
    var run =
        CommandLineRun.ofLine(
            "evaluate %s --data %s --context 1 --stride 1", model("llama", "begun"), text);
    assertTrue(
        run.err().contains("a context of 1 has room for no token to predict; choose one of"),
        run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2"})
  void figuresDoNotDependOnBatch(String name) throws IOException {
    var model = model(name, "begun");
    var text = CommandLineRun.text(folder.resolve("text.txt"), 1500);
    for (var way : List.of(new String[] {}, new String[] {"--stride", "50"})) {
      var once = evaluated(model, text, way);
      for (var batch : List.of("1", "2", "7", "100")) {
        var arguments = new ArrayList<>(List.of(way));
        arguments.addAll(List.of("--batch", batch));
        assertEquals(once, evaluated(model, text, arguments.toArray(String[]::new)), batch);
      }
    }
  }

  @Test
  void ggufEqualsDirectory() throws IOException {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 700);
    for (var tokenizer : List.of("plain", "begun", "both")) {
      var model = model("llama", tokenizer);
      var directory = evaluated(model, text);
      var file = folder.resolve(tokenizer + ".gguf");
      var back = folder.resolve(tokenizer + "-back");
      assertEquals(
          0, CommandLineRun.of("convert", model.toString(), file.toString()).exit(), tokenizer);
      assertEquals(
          0, CommandLineRun.of("convert", file.toString(), back.toString()).exit(), tokenizer);
      for (var other : List.of(file, back)) {
        var measured = evaluated(other, text);
        assertEquals(directory.get("begin_with"), measured.get("begin_with"), other.toString());
        assertEquals(directory.get("tokens"), measured.get("tokens"), other.toString());
        assertEquals(
            directory.get("loss").doubleValue(),
            measured.get("loss").doubleValue(),
            1e-5,
            other.toString());
      }
    }
  }

  @Test
  void quantizePerplexityCountsTheFirstToken() throws IOException {
    var model = model("llama", "begun");
    var text = CommandLineRun.text(folder.resolve("text.txt"), 700);
    var out = folder.resolve("small.gguf");
    var run =
        CommandLineRun.ofLine("quantize %s %s --type Q8_0 --eval-data %s --json", model, out, text);
    var before = run.json().get("perplexity").get("before");
    assertEquals(
        evaluated(model, text).get("perplexity").doubleValue(), before.doubleValue(), 1e-3);
  }

  @Test
  void windowsAreReported() throws IOException {
    var model = model("llama", "begun");
    var text = CommandLineRun.text(folder.resolve("text.txt"), 300);
    var whole = CommandLineRun.of("evaluate", model.toString(), "--data", text.toString()).out();
    assertTrue(
        whole.contains(
            "windows        3 of 128 tokens, one after another (whole windows); each begins with"
                + " <s>, which is not counted\n"),
        whole);
    var strided =
        CommandLineRun.of("evaluate", model.toString(), "--data", text.toString(), "--stride", "64")
            .out();
    assertTrue(strided.contains("each moved on by 64 (stride)"), strided);
  }

  @Test
  void impossibleWindowsAreRefused() throws IOException {
    var model = model("llama", "begun").toString();
    var text = CommandLineRun.text(folder.resolve("text.txt"), 300).toString();
    // Tokenises the text: what follows reports the refusal alone, in any order of the tests.
    assertEquals(0, CommandLineRun.of("evaluate", model, "--data", text).exit());
    CommandLineRun.of("evaluate", model, "--data", text, "--stride", "128")
        .expect(
            2, "--stride is 128, and must be from 1 to the 127 tokens of text that a window has");
    CommandLineRun.of("evaluate", model, "--data", text, "--stride", "0")
        .expect(2, "--stride is 0, and must be from 1 to the 127 tokens of text that a window has");
    CommandLineRun.of("evaluate", model, "--data", text, "--batch", "0")
        .expect(2, "--batch is 0, and must be at least 1");
    CommandLineRun.of("evaluate", model, "--data", text, "--context", "1")
        .expect(1, "a context of 1 has room for no token to predict; choose one of at least 2");
  }

  private Path documents(int count) throws IOException {
    var lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append("{\"text\": \"Document %d says %d.\"}\n".formatted(i, i * 7919 % 1000));
    }
    return Files.writeString(folder.resolve("documents.jsonl"), lines);
  }

  @Test
  void heldOutEqualsLastValidation() throws IOException {
    var data = documents(200);
    var out = folder.resolve("run");
    var run = CommandLineRun.train(data, out, "--steps", "3");
    assertEquals(0, run.exit(), run.err());
    var log = Files.readAllLines(out.resolve("log.jsonl"));
    var last = JsonMapper.shared().readTree(log.getLast()).get("val_loss").doubleValue();
    var measured = CommandLineRun.of("evaluate", out.toString(), "--held-out", "--json").json();
    assertEquals(last, measured.get("loss").doubleValue());

    var listed =
        CommandLineRun.of("evaluate", out.toString(), "--held-out", "--list", "--json")
            .json()
            .get("held_out");
    assertTrue(listed.size() >= 10 && listed.size() <= 30, "about a tenth: " + listed.size());
    var lines = Files.readAllLines(data);
    long tokens = 0;
    for (var document : listed) {
      var place = document.get("place").asString();
      assertTrue(place.startsWith(data + ":"), place);
      var line = lines.get(Integer.parseInt(place.substring(place.lastIndexOf(':') + 1)) - 1);
      var text = JsonMapper.shared().readTree(line).get("text").asString();
      assertEquals(text.length(), document.get("bytes").asInt(), place);
      tokens += text.length() + 1; // each ends with the separator, as a byte is a token
    }
    int windows = measured.get("windows").asInt();
    // Neither the last separator nor the first token of a window is measured.
    assertEquals(tokens - 1 - windows, measured.get("tokens").asLong());
  }

  @Test
  void heldOutEndOfADocumentIsListed() throws IOException {
    var data = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    var out = folder.resolve("run");
    assertEquals(0, CommandLineRun.train(data, out, "--steps", "1").exit());
    var listed = CommandLineRun.of("evaluate", out.toString(), "--held-out", "--list").out();
    assertEquals(1, listed.lines().count(), listed);
    assertTrue(listed.endsWith(" bytes  " + data + " (its end)\n"), listed);
  }

  @Test
  void separateValidationDataIsMeasured() throws IOException {
    var data = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    var validation = CommandLineRun.text(folder.resolve("validation.txt"), 500);
    var out = folder.resolve("run");
    var run = CommandLineRun.train(data, out, "--steps", "1", "--val-data", validation.toString());
    assertEquals(0, run.exit(), run.err());
    var listed = CommandLineRun.of("evaluate", out.toString(), "--held-out", "--list").out();
    assertEquals("         500 bytes  " + validation + "\n", listed);
    assertEquals(
        evaluated(out, validation).get("loss"),
        CommandLineRun.of("evaluate", out.toString(), "--held-out", "--json").json().get("loss"));
  }

  @Test
  void unknownHeldOutIsRefused() throws IOException {
    var data = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    var out = folder.resolve("run");
    assertEquals(0, CommandLineRun.train(data, out, "--steps", "1").exit());
    CommandLineRun.of("evaluate", out.toString(), "--held-out", "--data", data.toString())
        .expect(2, "--held-out measures the run's own text: leave out --data, or --held-out");
    CommandLineRun.of("evaluate", out.toString(), "--list")
        .expect(2, "--list lists what was held out: give --held-out, too");
    CommandLineRun.of("evaluate", out.toString())
        .expect(
            2,
            "--data is missing: name a text, a folder, a .jsonl file, - or jdk; or give --held-out"
                + " for what the run of train held out, or --task for items with answers");
    Files.writeString(data, "something else ".repeat(200));
    var changed = CommandLineRun.of("evaluate", out.toString(), "--held-out");
    assertEquals(1, changed.exit());
    assertTrue(changed.err().contains("has changed since"), changed.err());
    var model = model("llama", "plain");
    CommandLineRun.of("evaluate", model.toString(), "--held-out")
        .expect(
            1,
            model
                + " is not the directory of a run of train: it has no recipe.json; measure another"
                + " text with --data");
  }

  /// A rate of nothing leaves the model as it was drawn: all that differs is the batch.
  @Test
  void validationIsIndependentOfTrainingBatch() throws IOException {
    var data = documents(2000);
    var losses = new ArrayList<String>();
    for (var batch : List.of("1", "3", "16")) {
      var out = folder.resolve("run" + batch);
      var run =
          CommandLineRun.trainOnly(
              out,
              ("--data %s --layers 1 --dim 16 --heads 2 --context 16 --dropout 0 --steps 1 --lr 1e-30"
                      + " --eval-batches 1 --batch "
                      + batch)
                  .formatted(data)
                  .split(" "));
      assertEquals(0, run.exit(), run.err());
      var log = Files.readAllLines(out.resolve("log.jsonl")).getLast();
      losses.add(JsonMapper.shared().readTree(log).get("val_loss").asString());
    }
    assertEquals(List.of(losses.getFirst(), losses.getFirst(), losses.getFirst()), losses);
  }
}

package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
  void figuresAreThoseOfTheReference(String name) throws IOException {
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

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2"})
  void theFigureIsTheSameForAnyBatch(String name) throws IOException {
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
  void aGgufFileMeasuresAsItsDirectory() throws IOException {
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
  void quantizeMeasuresWithTheTokenBeforeTheText() throws IOException {
    var model = model("llama", "begun");
    var text = CommandLineRun.text(folder.resolve("text.txt"), 700);
    var out = folder.resolve("small.gguf");
    var run =
        CommandLineRun.of(
            "quantize",
            model.toString(),
            out.toString(),
            "--type",
            "Q8_0",
            "--eval-data",
            text.toString(),
            "--json");
    var before = run.json().get("perplexity").get("before");
    assertEquals(
        evaluated(model, text).get("perplexity").doubleValue(), before.doubleValue(), 1e-3);
  }

  @Test
  void whatWasMeasuredIsSaid() throws IOException {
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
  void windowsThatCannotBeAreRefused() throws IOException {
    var model = model("llama", "begun").toString();
    var text = CommandLineRun.text(folder.resolve("text.txt"), 300).toString();
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
}

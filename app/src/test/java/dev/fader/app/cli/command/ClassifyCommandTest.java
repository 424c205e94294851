package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ClassifyCommandTest {
  private static final Path LLAMA = CommandLineRun.golden("models/llama");
  private static final Path ADAPTER = CommandLineRun.golden("adapters/seq-cls-llama");

  @Test
  void logitsMatchPeft() {
    var golden = JsonMapper.shared().readTree(ADAPTER.resolve("golden.json").toFile());
    var ids = new ArrayList<String>();
    golden.get("input_ids").forEach(id -> ids.add(id.asString()));
    var found =
        CommandLineRun.ofLine(
                "classify %s --adapter %s --ids %s --json --threads 1",
                LLAMA, ADAPTER, String.join(",", ids))
            .json();
    double sum = 0;
    for (int label = 0; label < 3; label++) {
      // float32 on both sides, through a few layers of numbers of about 1
      assertEquals(
          golden.get("class_logits").get(label).doubleValue(),
          found.get("logits").get(label).doubleValue(),
          1e-4);
      sum += found.get("probabilities").get("LABEL_" + label).doubleValue();
    }
    assertEquals(1, sum, 1e-6);
    assertEquals("LABEL_0", found.get("label").stringValue());
    var words =
        CommandLineRun.ofLine(
            "classify %s --adapter %s --ids %s --threads 1", LLAMA, ADAPTER, String.join(",", ids));
    assertTrue(words.out().matches("LABEL_0 3\\d\\.\\d %  \\(LABEL_1 .* %\\)\n"), words.out());
  }

  @Test
  void theEffectIsScaled() {
    var found = new ArrayList<JsonNode>();
    for (var scale : List.of("", ":1", ":0.5")) {
      var run =
          CommandLineRun.ofLine(
              "classify %s --adapter %s --ids 5,6,7 --json --threads 1", LLAMA, ADAPTER + scale);
      assertEquals(0, run.exit(), run.err());
      found.add(run.json().get("logits"));
    }
    assertEquals(found.get(0), found.get(1));
    assertNotEquals(found.get(0), found.get(2));
    CommandLineRun.ofLine("classify %s --adapter %s --ids 5", LLAMA, ADAPTER + ":x")
        .expect(
            2,
            "--adapter %s:x: the scale 'x' is not a finite number: give one such as 0.5, or %s alone"
                .formatted(ADAPTER, ADAPTER));
  }

  @Test
  void wrongUseIsOneLine() throws IOException {
    CommandLineRun.ofLine("classify %s --adapter %s", LLAMA, ADAPTER)
        .expect(2, "there is nothing to classify: give --text, --file, --ids or --data");
    var long129 = "{\"ids\":[5" + ",5".repeat(128) + "],\"label\":\"LABEL_0\"}\n";
    var data = Files.writeString(folder.resolve("long.jsonl"), long129);
    CommandLineRun.ofLine("classify %s --adapter %s --data %s", LLAMA, ADAPTER, data)
        .expect(
            1, data + ":1: the text has 129 tokens, and the model reads from 1 to 128: shorten it");
    CommandLineRun.ofLine("classify %s --adapter %s --ids 5,900", LLAMA, ADAPTER)
        .expect(2, "--ids 900 is not in the vocabulary of 384: give ids from 0 to 383");
    CommandLineRun.ofLine("classify %s --adapter %s --text sun", LLAMA, ADAPTER)
        .expect(2, LLAMA + " has no tokenizer, so it cannot read text: give --ids");
    var lora = CommandLineRun.golden("adapters/lora-qv");
    CommandLineRun.ofLine("classify %s --adapter %s --ids 5", LLAMA, lora)
        .expect(1, lora + " has no classification head: tune one with texts that have labels");
  }

  @TempDir private Path folder;

  /// A golden model with a golden tokenizer.
  private Path model() throws IOException {
    var model = Files.createDirectories(folder.resolve("model"));
    for (var name : List.of("config.json", "model.safetensors")) {
      Files.copy(LLAMA.resolve(name), model.resolve(name));
    }
    for (var name : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(CommandLineRun.golden("evaluation/plain").resolve(name), model.resolve(name));
    }
    return model;
  }

  /// Sentences of two moods, about the same things.
  private Path moods() throws IOException {
    var lines = new ArrayList<String>();
    for (var thing : List.of("rainy days", "sunny days", "my work", "this song", "old maps")) {
      for (var good : List.of("love", "like", "adore")) {
        lines.add("{\"text\":\"I %s %s!\",\"label\":\"positive\"}".formatted(good, thing));
      }
      for (var bad : List.of("hate", "fear")) {
        lines.add("{\"text\":\"I %s %s!\",\"label\":\"negative\"}".formatted(bad, thing));
      }
    }
    lines.remove("{\"text\":\"I love sunny days!\",\"label\":\"positive\"}");
    return Files.writeString(folder.resolve("moods.jsonl"), String.join("\n", lines) + "\n");
  }

  /// The seeds' sentence, which no example has, before tuning and after; by an adapter, and by a
  /// model that learned itself.
  @ParameterizedTest
  @ValueSource(strings = {"--targets all-linear --rank 8", "--train all"})
  void theSeedsSentenceIsPositive(String how) throws IOException {
    var model = model();
    var data = moods();
    var sentence = "I love sunny days!";
    var before = CommandLineRun.ofLine("classify %s --text %s --threads 1", model, sentence);
    assertEquals(0, before.exit(), before.err());
    assertTrue(
        before.out().matches("(positive|negative) \\d+\\.\\d %  \\((positive|negative) .* %\\)\n"),
        before.out());
    assertTrue(
        before.err().contains("no classification head: it is asked which of positive, negative"),
        before.err());
    var out = folder.resolve("out");
    var tuned =
        CommandLineRun.ofLine(
            "tune %s --data %s --out %s --threads 1 --quiet --steps 30 --lr 3e-3 --val-fraction 0"
                + " --class-weights balanced "
                + how,
            model,
            data,
            out);
    assertEquals(0, tuned.exit(), tuned.err());
    boolean adapter = Files.exists(out.resolve("adapter_config.json"));
    var used = adapter ? "%s --adapter %s".formatted(model, out) : out.toString();
    var after = CommandLineRun.ofLine("classify " + used + " --text %s --json", sentence).json();
    assertEquals("positive", after.get("label").stringValue());
    assertTrue(after.get("probabilities").get("positive").doubleValue() > 0.9, after.toString());
    var measured = CommandLineRun.ofLine("classify " + used + " --data %s --json", data).json();
    assertEquals(1, measured.get("accuracy").doubleValue());
    assertEquals("[[10,0],[0,14]]", measured.get("confusion").toString());
    assertEquals(adapter, measured.has("before"));
    var shown = CommandLineRun.ofLine("classify " + used + " --data %s", data).out();
    assertTrue(shown.contains("right     said\n"), shown);
    assertTrue(shown.contains("\npositive         0        14\n"), shown);
    assertEquals(adapter, shown.lines().findFirst().orElse("").contains("before"), shown);
  }

  @Test
  void labelsOfDataAreAskedForWithoutAHead() throws IOException {
    var model = model();
    var run = CommandLineRun.ofLine("classify %s --data %s --json --threads 1", model, moods());
    var found = run.json();
    assertEquals(24, found.get("texts").asInt());
    assertEquals("[\"negative\",\"positive\"]", found.get("labels").toString());
    CommandLineRun.ofLine("classify %s --text hi --question why", model)
        .expect(2, "--question 'why' has no {text} in it, where the text is to stand");
    CommandLineRun.ofLine("classify %s --text hi --labels one", model)
        .expect(2, "--labels [one]: give at least two labels, none of them empty");
    CommandLineRun.ofLine("classify %s --text hi --labels one,two,one", model)
        .expect(2, "--labels [one, two, one]: a label is there twice, give each once");
    var endless = "hi ".repeat(500).strip();
    var cut = CommandLineRun.of("classify", model.toString(), "--text", endless);
    assertEquals(1, cut.exit());
    assertTrue(
        cut.err()
            .matches(
                "(?s).*the text has \\d+ tokens more than fit the model's context of \\d+, beside the question: shorten it\n"),
        cut.err());
    var escaping = CommandLineRun.ofLine("classify %s --text hi --labels one,\u001b[31mtwo", model);
    assertEquals(0, escaping.exit(), escaping.err());
    assertTrue(escaping.out().contains("\u00b7[31mtwo "), escaping.out());
    assertFalse((escaping.out() + escaping.err()).contains("\u001b"), escaping.err());
  }

  @Test
  void severalLabelsMayBeRight() throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < 24; i++) {
      var labels =
          (i % 2 == 0 ? "\"a\"" : "") + (i % 6 == 0 ? "," : "") + (i % 3 == 0 ? "\"b\"" : "");
      lines.add(
          "{\"ids\":[%d,%d,9],\"labels\":[%s]}"
              .formatted(i % 2 == 0 ? 5 : 6, i % 3 == 0 ? 7 : 8, labels));
    }
    var data = Files.writeString(folder.resolve("several.jsonl"), String.join("\n", lines) + "\n");
    var out = folder.resolve("out");
    var tuned =
        CommandLineRun.ofLine(
            "tune %s --data %s --out %s --threads 1 --quiet --steps 40 --lr 5e-3 --val-fraction 0"
                + " --pooling mean",
            LLAMA, data, out);
    assertEquals(0, tuned.exit(), tuned.err());
    var line = "classify %s --adapter %s --threads 1 ";
    var both = CommandLineRun.ofLine(line + "--ids 5,7,9 --json", LLAMA, out).json();
    assertEquals("[\"a\",\"b\"]", sorted(both.get("label")));
    var none = CommandLineRun.ofLine(line + "--ids 6,8,9", LLAMA, out).out();
    assertTrue(none.startsWith("none  (a "), none);
    var measured = CommandLineRun.ofLine(line + "--data %s --json", LLAMA, out, data).json();
    assertEquals(1, measured.get("accuracy").doubleValue());
    assertEquals(12, measured.get("by_label").get(0).get("texts").asInt());
    assertTrue(!measured.has("confusion"), measured.toString());
    var shown = CommandLineRun.ofLine(line + "--data %s", LLAMA, out, data).out();
    assertTrue(shown.contains("accuracy      1.0000"), shown);
  }

  private static String sorted(JsonNode labels) {
    var names = new TreeSet<String>();
    labels.forEach(label -> names.add("\"" + label.stringValue() + "\""));
    return names.toString().replace(" ", "");
  }
}

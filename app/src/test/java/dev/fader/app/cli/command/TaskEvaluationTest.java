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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `evaluate --task`: what comes in, and what goes out.
class TaskEvaluationTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  @TempDir private Path folder;

  private Path golden() throws IOException {
    var model = Files.createDirectories(folder.resolve("golden"));
    for (var file : List.of("config.json", "model.safetensors")) {
      Files.copy(CommandLineRun.golden("models/llama").resolve(file), model.resolve(file));
    }
    for (var file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(CommandLineRun.golden("evaluation/begun").resolve(file), model.resolve(file));
    }
    return model;
  }

  /// One that has learned a step, of bytes.
  private Path trained() throws IOException {
    var model = folder.resolve("trained");
    var data = CommandLineRun.text(folder.resolve("data.txt"), 4000);
    assertEquals(0, CommandLineRun.trainBytes(data, model, 128).exit());
    return model;
  }

  private Path items(String... lines) throws IOException {
    return Files.write(folder.resolve("items.jsonl"), List.of(lines));
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    return Files.readAllLines(file).stream().map(MAPPER::readTree).toList();
  }

  /// The first case of the golden file is this model with this tokenizer.
  @Test
  void choicesAreScoredAsTheHarnessDoes() throws IOException {
    var golden =
        MAPPER.readTree(CommandLineRun.golden("tasks/choices.json").toFile()).get(0).get("items");
    var lines = new ArrayList<String>();
    int right = 0;
    for (var item : golden) {
      var line = (ObjectNode) item.deepCopy();
      line.put("answer", lines.size() % 2).put("delimiter", "");
      lines.add(line.toString());
      right += largest(item.get("loglikelihoods")) == (lines.size() - 1) % 2 ? 1 : 0;
    }
    var file = items(lines.toArray(String[]::new));
    var log = folder.resolve("log.jsonl");
    var model = golden();
    var scored = CommandLineRun.ofLine("evaluate %s --task %s --log %s --json", model, file, log);
    var json = scored.json();
    assertEquals("multiple_choice", json.get("task").stringValue());
    assertEquals(golden.size(), json.get("items").intValue());
    assertEquals(1, json.get("cut").intValue());
    var acc = json.get("metrics").get("acc");
    assertEquals((double) right / golden.size(), acc.get("value").doubleValue(), 1e-12);
    assertTrue(acc.get("low").doubleValue() < acc.get("value").doubleValue(), acc.toString());
    assertTrue(acc.get("high").doubleValue() > acc.get("value").doubleValue(), acc.toString());
    var logged = lines(log);
    assertEquals(golden.size(), logged.size());
    for (int i = 0; i < logged.size(); i++) {
      assertEquals(file + ":" + (i + 1), logged.get(i).get("place").stringValue());
      assertEquals(golden.get(i).get("greedy"), logged.get(i).get("greedy"));
      for (int choice = 0; choice < golden.get(i).get("choices").size(); choice++) {
        assertEquals(
            golden.get(i).get("loglikelihoods").get(choice).doubleValue(),
            logged.get(i).get("loglikelihoods").get(choice).doubleValue(),
            1e-4); // as in ChoiceScorerTest
      }
    }
  }

  private static int largest(JsonNode values) {
    int largest = 0;
    for (int i = 1; i < values.size(); i++) {
      if (values.get(i).doubleValue() > values.get(largest).doubleValue()) {
        largest = i;
      }
    }
    return largest;
  }

  @Test
  void sameChoicesAreReportedAsLabels() throws IOException {
    var file =
        items(
            "{\"prompt\": \"good\", \"choices\": [\"yes\", \"no\"], \"answer\": \"yes\"}",
            "{\"prompt\": \"bad\", \"choices\": [\"yes\", \"no\"], \"answer\": \"no\"}");
    var model = golden();
    var run = CommandLineRun.ofLine("evaluate %s --task %s", model, file);
    assertEquals(0, run.exit(), run.err());
    var out = run.out().lines().toList();
    assertEquals("metric          score   95 % interval", out.getFirst());
    assertTrue(out.get(1).matches("acc {12}0\\.\\d{4} {3}0\\.\\d{4} to [01]\\.\\d{4}"), out.get(1));
    assertEquals("items               2", out.get(7));
    assertEquals("label  precision  recall      f1    items", out.get(9));
    assertTrue(
        out.get(10).matches("yes {7}[01]\\.\\d{4}  [01]\\.\\d{4}  [01]\\.\\d{4} {8}1"),
        out.get(10));
    var json = CommandLineRun.ofLine("evaluate %s --task %s --json", model, file).json();
    assertEquals("[\"yes\",\"no\"]", json.get("labels").toString());
    int sum = 0;
    for (var row : json.get("confusion")) {
      sum += row.get(0).intValue() + row.get(1).intValue();
    }
    assertEquals(2, sum);
  }

  @Test
  void whatTheModelWritesIsCompared() throws IOException {
    var model = trained();
    var written =
        CommandLineRun.ofLine(
                "generate %s --prompt Line --greedy --max-tokens 12 --cache-type f32"
                    + " --activations f32 --json",
                model)
            .json()
            .get("text")
            .stringValue();
    var right = MAPPER.createObjectNode().put("prompt", "Line").put("answer", written);
    var wrong = MAPPER.createObjectNode().put("prompt", "Line").put("answer", "something else");
    var file = items(right.toString(), wrong.toString());
    var log = folder.resolve("log.jsonl");
    var json =
        CommandLineRun.ofLine(
                "evaluate %s --task %s --max-tokens 12 --log %s --json", model, file, log)
            .json();
    assertEquals("answers", json.get("task").stringValue());
    assertEquals(2, json.get("items").intValue());
    var metrics = json.get("metrics");
    assertEquals(
        List.of("exact_match", "f1", "rouge_l", "chrf"), List.copyOf(metrics.propertyNames()));
    assertEquals(0.5, metrics.get("exact_match").get("value").doubleValue());
    assertEquals(0.0945, metrics.get("exact_match").get("low").doubleValue(), 1e-4); // Wilson's
    assertEquals(0.9055, metrics.get("exact_match").get("high").doubleValue(), 1e-4);
    var logged = lines(log);
    assertEquals(written, logged.getFirst().get("written").stringValue());
    assertEquals(1, logged.getFirst().get("scores").get("exact_match").doubleValue());
    var limited =
        CommandLineRun.ofLine(
                "evaluate %s --task %s --limit 1 --metric chrf++,bleu --max-tokens 12 --json",
                model, file)
            .json();
    assertEquals(1, limited.get("items").intValue());
    assertEquals(List.of("chrf++", "bleu"), List.copyOf(limited.get("metrics").propertyNames()));
  }

  @Test
  void conversationsNeedATemplate() throws IOException {
    var model = trained();
    var file =
        items("{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"answer\": \"Hello\"}");
    var without = CommandLineRun.ofLine("evaluate %s --task %s --max-tokens 4", model, file);
    without.expect(
        1,
        "%s:1: \"messages\" need a chat template, and %s has none: give \"prompt\""
            .formatted(file, model));
    Files.writeString(
        model.resolve("chat_template.jinja"), "{{ messages[0].content }}{{ '\\n' }}Answer:");
    var with =
        CommandLineRun.ofLine("evaluate %s --task %s --max-tokens 4 --json", model, file).json();
    assertEquals(1, with.get("items").intValue());
    var log = folder.resolve("log.jsonl");
    var request =
        items(
            "{\"prompt\": \"Hi\", \"completion\": \"x\"}",
            "{\"prompt\": \"Hi\\nAnswer:\", \"answer\": \"x\"}");
    CommandLineRun.ofLine(
            "evaluate %s --task %s --max-tokens 4 --log %s --json", model, request, log)
        .json();
    var written = lines(log).stream().map(line -> line.get("written")).distinct().toList();
    assertEquals(1, written.size(), "a request is put into the template: " + written);
    var choices =
        items(
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"choices\": [\"a\", \"b\"],"
                + " \"answer\": 0}");
    var picked = CommandLineRun.ofLine("evaluate %s --task %s --json", model, choices).json();
    assertEquals("multiple_choice", picked.get("task").stringValue());
  }

  @Test
  void promptsThatDoNotFitAreNamed() throws IOException {
    var file =
        items(
            "{\"prompt\": \"short\", \"answer\": \"x\"}",
            "{\"prompt\": \"%s\", \"answer\": \"x\"}".formatted("long ".repeat(40)));
    CommandLineRun.ofLine("evaluate %s --task %s", trained(), file)
        .expect(1, file + ":2: a prompt of 200 tokens does not fit the context of 128: shorten it");
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() throws IOException {
    var file = items("{\"prompt\": \"x\", \"choices\": [\"a\", \"b\"], \"answer\": 0}");
    CommandLineRun.ofLine("evaluate m --task %s --data x.txt", file)
        .expect(2, "--data is of the text that is predicted: leave it out, or --task");
    CommandLineRun.ofLine("evaluate m --data x.txt --temperature 1")
        .expect(2, "--temperature is of a task: give its items, too, with --task FILE.jsonl");
    CommandLineRun.ofLine("evaluate m --data x.txt --repeat-penalty 1.1")
        .expect(2, "--repeat-penalty is of a task: give its items, too, with --task FILE.jsonl");
    CommandLineRun.ofLine("evaluate m --data x.txt --limit 3")
        .expect(2, "--limit is of a task: give its items, too, with --task FILE.jsonl");
    CommandLineRun.ofLine("evaluate m --task %s --limit 0", file)
        .expect(2, "--limit is 0, and must be at least 1");
    CommandLineRun.ofLine("evaluate m --task %s --metric f1", file)
        .expect(
            2, "--metric compares texts that were written: leave it out for items with choices");
    CommandLineRun.ofLine("evaluate m --task %s --metric meteor", file)
        .expect(
            2,
            "--metric 'meteor' is not a metric of texts: choose from exact-match,"
                + " exact-match-normalized, f1, rouge-1, rouge-2, rouge-l, rouge-1-stemmed,"
                + " rouge-2-stemmed, rouge-l-stemmed, chrf, chrf++, bleu");
    CommandLineRun.ofLine("evaluate m --task %s", folder.resolve("none.jsonl"))
        .expect(1, folder.resolve("none.jsonl") + ": no such file or directory");
    var wrong = items("{\"prompt\": \"x\", \"answer\": \"y\"}", "{\"prompt\": \"x\"}");
    CommandLineRun.ofLine("evaluate m --task %s", wrong)
        .expect(
            1,
            wrong
                + ":2: it is not said what would be right: give \"answer\", \"completion\" or"
                + " \"reference\" (a text), or \"answers\" or \"references\" (a list)");
  }
}

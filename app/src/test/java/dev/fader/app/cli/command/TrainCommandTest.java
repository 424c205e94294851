package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// `train`, what it leaves, and how it goes on.
class TrainCommandTest {
  @TempDir private Path folder;
  private Path text;
  private Path out;

  @BeforeEach
  void writeText() throws IOException {
    text = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    out = folder.resolve("out");
  }

  private CommandLineRun train(String... more) {
    return CommandLineRun.train(text, out, more);
  }

  private void trained(String... more) {
    var run = train(more);
    assertEquals(0, run.exit(), run.err());
  }

  private Map<String, Object> recipe() {
    return JsonMapper.shared()
        .readTree(out.resolve("recipe.json").toFile())
        .propertyStream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().asString("")));
  }

  @Test
  void trainedModelWorksInOtherCommands() {
    var summary = train("--steps", "4", "--json").json();
    assertEquals("completed", summary.get("ending").asString());
    assertEquals(4, summary.get("steps").asInt());
    var measured =
        CommandLineRun.of("evaluate", out.toString(), "--data", text.toString(), "--json").json();
    assertEquals(
        List.of(
            "loss",
            "perplexity",
            "bits_per_byte",
            "tokens",
            "convention",
            "context",
            "stride",
            "windows",
            "begin_with"),
        List.copyOf(measured.propertyNames()));
    assertEquals(
        Math.exp(measured.get("loss").doubleValue()),
        measured.get("perplexity").doubleValue(),
        1e-6 * measured.get("perplexity").doubleValue());
    var written =
        CommandLineRun.ofLine("generate %s --prompt Line --max-tokens 5 --json", out).json();
    assertEquals(
        List.of("ids", "text", "prompt_tokens", "stop_reason"),
        List.copyOf(written.propertyNames()));
    var expected =
        CommandLineRun.of("predict", out.toString(), "--prompt", "Line", "--top", "3", "--json")
            .json()
            .get("positions")
            .get(0);
    assertEquals(3, expected.get("top").size());
    assertEquals(3, expected.get("position").asInt());
  }

  @Test
  void dryRunWritesNothing() {
    var plan = train("--steps", "4", "--dry-run", "--json").json();
    assertEquals(4, plan.get("steps").asInt());
    assertEquals(32, plan.get("tokens_per_step").asInt());
    assertFalse(Files.exists(out));
  }

  @Test
  void planIsReportedAndFollowed() {
    var run =
        CommandLineRun.ofLine(
            "train --data %s --out %s --layers 1 --dim 16 --context 16 --batch 2 --steps 3"
                + " --sample-prompt Line",
            text, out);
    assertEquals(0, run.exit(), run.err());
    assertEquals("", run.out());
    for (var words :
        List.of(
            "model: qwen3, 1 layer of width 16, 257 tokens in the vocabulary, context 16:",
            "memory: ",
            "training: 3 steps of 32 tokens, the text 0.0 times, with ",
            "step 3  validation loss ",
            "bits per byte ",
            "  | Line",
            "completed after 3 steps",
            "the model in " + out + " is that of step 3, the last and best, validation loss ")) {
      assertTrue(run.err().contains(words), words + " in " + run.err());
    }
  }

  @Test
  void explainGivesReasons() {
    var few = CommandLineRun.train(text, out, "--steps", "3", "--dry-run");
    assertEquals("", few.err(), "quiet");
    var run = CommandLineRun.ofLine("train --data %s --out %s --steps 3 --dry-run", text, out);
    assertEquals(0, run.exit(), run.err());
    var plan = run.err().lines().dropWhile(line -> !line.startsWith("model: ")).toList();
    assertTrue(plan.stream().allMatch(line -> line.length() <= 80), run.err());
    assertEquals(
        List.of("model:", "memory:", "training:"),
        plan.stream()
            .filter(line -> !line.startsWith(" "))
            .map(line -> line.split(" ")[0])
            .limit(3)
            .toList());
    var explained =
        CommandLineRun.ofLine(
            "train --data %s --out %s --steps 3 --layers 2 --dry-run --explain", text, out);
    for (var words :
        List.of("  layers       2            set by hand", "memory: ", "work: 3 steps of")) {
      assertTrue(explained.err().contains(words), explained.err());
    }
  }

  @Test
  void summaryNamesTheKeptModel() {
    var summary = train("--steps", "4", "--json").json();
    assertEquals("best and last", summary.get("model").asString());
    assertEquals(4, summary.get("model_step").asInt());
    assertEquals(
        summary.get("val_loss").doubleValue(), summary.get("model_val_loss").doubleValue());
  }

  @Test
  void fineTuningDoesNotWorsen() {
    trained("--steps", "40");
    var again = folder.resolve("again");
    var run =
        CommandLineRun.ofLine(
            "train --init %s --data %s --out %s --steps 30 --json", out, text, again);
    var summary = run.json();
    var start =
        Pattern.compile("before the first step  validation loss ([\\d.]+)").matcher(run.err());
    assertTrue(start.find(), run.err());
    assertTrue(
        summary.get("model_val_loss").doubleValue() <= Double.parseDouble(start.group(1)) + 1e-4,
        run.err());
    var hot = folder.resolve("hot");
    var worse =
        CommandLineRun.ofLine(
            "train --init %s --data %s --out %s --steps 20 --lr 1 --clip 0 --json", out, text, hot);
    assertEquals("worse", worse.json().get("verdict").asString());
    assertEquals(0, worse.json().get("model_step").asInt());
    assertFalse(worse.err().contains("best so far"), worse.err());
    assertTrue(
        worse.err().contains("the model in " + hot + " is still the one it began with"),
        worse.err());
  }

  @Test
  void resumeNeedsNoFlags() throws IOException {
    trained(
        "--steps",
        "3",
        "--decay-all",
        "--recompute",
        "--precision",
        "bf16",
        "--stop-when-overfitting",
        "--tied",
        "--clip",
        "0.5",
        "--keep",
        "3",
        "--eval-every",
        "2",
        "--lr",
        "0.01",
        "--tokenizer",
        "char",
        "--val-fraction",
        "0.2");
    var before = recipe();
    var again = CommandLineRun.trainOnly(out, "--resume", "--steps", "6", "--engine", "java");
    assertEquals(0, again.exit(), again.err());
    assertTrue(
        again
            .err()
            .contains(
                "--precision bf16 is float32 here, where products are by Java, because it is asked for"),
        again.err());
    var after = recipe();
    assertEquals("6", after.get("steps"));
    for (var flag : before.keySet()) {
      if (!flag.equals("steps")) {
        assertEquals(before.get(flag), after.get(flag), flag);
      }
    }
    assertEquals(6, Files.readAllLines(out.resolve("log.jsonl")).size());
  }

  @Test
  void resumeOfFineTuningNeedsNoFlags() {
    var model = CommandLineRun.golden("models/llama").toString();
    var data = folder.resolve("ids.jsonl");
    assertEquals(0, write(data, "{\"ids\":[1,2,3,4,5,6]}\n").exit());
    var first =
        CommandLineRun.trainOnly(
            out, "--init", model, "--data", data.toString(), "--steps", "2", "--batch", "1");
    assertEquals(0, first.exit(), first.err());
    var again = CommandLineRun.trainOnly(out, "--resume", "--steps", "4");
    assertEquals(0, again.exit(), again.err());
  }

  private static CommandLineRun write(Path file, String text) {
    try {
      Files.writeString(file, text);
      return new CommandLineRun(0, "", "");
    } catch (IOException failed) {
      return new CommandLineRun(1, "", failed.toString());
    }
  }

  @Test
  void resumedRunEqualsUninterrupted() throws IOException {
    trained("--steps", "6", "--checkpoint-every", "3", "--keep", "9", "--schedule", "constant");
    var undisturbed = Files.readAllBytes(out.resolve("model.safetensors"));
    deleteCheckpoint("step-00000006");
    var again = CommandLineRun.trainOnly(out, "--resume");
    assertEquals(0, again.exit(), again.err());
    assertArrayEquals(undisturbed, Files.readAllBytes(out.resolve("model.safetensors")));
    assertEquals(6, Files.readAllLines(out.resolve("log.jsonl")).size());
  }

  private void deleteCheckpoint(String name) throws IOException {
    try (var files = Files.walk(out.resolve("checkpoints").resolve(name))) {
      for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void truncatedCheckpointIsSkipped() throws IOException {
    trained("--steps", "4", "--checkpoint-every", "2");
    truncate(out.resolve("checkpoints/step-00000004/model.safetensors"));
    var again = CommandLineRun.of("train", "--resume", "--out", out.toString(), "--threads", "1");
    assertEquals(0, again.exit(), again.err());
    assertTrue(again.err().contains("skipped a checkpoint: "), again.err());
    assertTrue(
        again.err().contains("resuming after step 3 from " + out + "/checkpoints/step-00000003"),
        again.err());
    truncate(out.resolve("checkpoints/step-00000004/model.safetensors"));
    var quiet = CommandLineRun.trainOnly(out, "--resume");
    assertEquals(0, quiet.exit(), quiet.err());
    assertTrue(quiet.err().startsWith("skipped a checkpoint: "), quiet.err());
    assertEquals(1, quiet.err().lines().count(), quiet.err());
  }

  @Test
  void alteredModelIsRefused() throws IOException {
    trained("--steps", "2");
    truncate(out.resolve("model.safetensors"));
    var run = CommandLineRun.of("generate", out.toString(), "--ids", "1");
    assertEquals(1, run.exit());
    assertTrue(run.err().contains("the file is truncated"), run.err());
    assertEquals(1, run.err().lines().count());
  }

  private static void truncate(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 10);
    }
  }

  @Test
  void overwriteIsRequired() throws IOException {
    trained("--steps", "2");
    trained("--steps", "1", "--overwrite");
    assertEquals(1, Files.readAllLines(out.resolve("log.jsonl")).size());
  }

  /// A prompt that the run's tokenizer cannot write is found before the model there is deleted, and
  /// is not remembered by what is resumed.
  @Test
  void aWrongPromptChangesNothing() throws IOException {
    trained("--steps", "2", "--tokenizer", "char");
    var weights = Files.readAllBytes(out.resolve("model.safetensors"));
    for (var wrong :
        List.of(
            train("--steps", "1", "--tokenizer", "char", "--overwrite", "--sample-prompt", "§"),
            CommandLineRun.of(
                "train", "--resume", "--out", out.toString(), "--sample-prompt", "§"))) {
      assertEquals(1, wrong.exit(), wrong.err());
      assertTrue(wrong.err().contains("§"), wrong.err());
      assertArrayEquals(weights, Files.readAllBytes(out.resolve("model.safetensors")));
    }
    var resumed = CommandLineRun.of("train", "--resume", "--out", out.toString(), "--steps", "3");
    assertEquals(0, resumed.exit(), resumed.err());
    assertEquals(3, Files.readAllLines(out.resolve("log.jsonl")).size());
  }

  @Test
  void characterVocabularyIncludesValidation() throws IOException {
    var validation = Files.writeString(folder.resolve("other.txt"), "Zürich ".repeat(20));
    trained("--steps", "1", "--tokenizer", "char", "--val-data", validation.toString());
  }

  @Test
  void longSequencesAreReported() throws IOException {
    var ids = "{\"ids\":[" + "1,".repeat(40) + "2]}\n";
    var data = Files.writeString(folder.resolve("ids.jsonl"), ids);
    var run =
        CommandLineRun.ofLine(
            "train --data %s --out %s --vocab 3 --layers 1 --dim 16 --context 16 --batch 1"
                + " --steps 1",
            data, out);
    assertTrue(
        run.err()
            .contains(
                "sequences that are longer than the context of 16 and are cut into pieces: 1"),
        run.err());
  }

  @Test
  void everyOptionHasAHeading() {
    var help = CommandLineRun.of("train", "--help").out();
    assertEquals(
        Set.of("-h, --help", "-V, --version"),
        help.substring(help.indexOf("\nHelp\n") + 6)
            .lines()
            .map(line -> line.strip().split(" {2,}")[0])
            .collect(Collectors.toSet()));
  }
}

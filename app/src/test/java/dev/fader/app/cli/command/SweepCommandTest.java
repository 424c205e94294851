package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `sweep`: its plan, its runs, its page, and what it refuses.
class SweepCommandTest {
  @TempDir private Path folder;
  private Path text;
  private Path out;

  @BeforeEach
  void writeText() throws IOException {
    text = CommandLineRun.text(folder.resolve("text.txt"), 8_000);
    out = folder.resolve("out");
  }

  private CommandLineRun sweep(String more) {
    return CommandLineRun.ofLine(
        "sweep --data %s --out %s --tokenizer bytes --context 16 --batch 2 --threads 2 " + more,
        text,
        out);
  }

  @Test
  void plansAndTrainsNothing() {
    var plan = sweep("--budget 2e8,1e8 --sizes 1x32,1x64 --vary lr=0.01 --dry-run --json").json();
    var names =
        StreamSupport.stream(plan.get("runs").spliterator(), false)
            .map(run -> run.get("name").asString())
            .toList();
    assertEquals(
        List.of("1e8-1x32", "1e8-1x64", "2e8-1x32", "2e8-1x64", "1e8-1x32-learningRate-0.01"),
        names);
    assertFalse(Files.exists(out));
  }

  @Test
  void variesExperts() {
    var plan =
        sweep("--budget 1e8 --sizes 1x32,1x64 --arch deepseek --vary experts=4,8 --dry-run --json")
            .json();
    var experts = plan.get("runs").get(2);
    assertEquals("1e8-1x32-experts-4", experts.get("name").asString());
    // Of experts only those count that a token is multiplied with, and a router comes on top.
    assertTrue(
        experts.get("size").doubleValue()
            < 1.2 * plan.get("runs").get(0).get("size").doubleValue());
  }

  @Test
  void fitsALawWritesThePageAndChecks() throws IOException {
    var line = "--budget 2e7,4e7,8e7 --sizes 1x32,1x64,2x32 --check 2e8 --vary seed";
    var first = sweep(line + " --json");
    assertEquals(0, first.exit(), first.err());
    var found = first.json();
    assertEquals(11, found.get("runs").size());
    assertTrue(found.get("law").get("irreducible").doubleValue() > 0);
    assertEquals(2e8, found.get("prediction").get("flops").doubleValue());
    var check = found.get("check");
    assertEquals(
        check.get("predicted").doubleValue() / check.get("loss").doubleValue() - 1,
        check.get("error").doubleValue(),
        1e-12);
    var page = Files.readString(out.resolve("report.html"));
    assertTrue(page.contains("<svg") && page.contains("8e7-2x32"), page);
    assertFalse(page.contains("<script"));

    var again = sweep(line);
    assertEquals(0, again.exit(), again.err());
    assertTrue(again.err().contains("8e7-2x32: validation loss"), again.err());
    assertEquals(12, again.err().split("\\(done before\\)", -1).length - 1, again.err());
    assertTrue(again.out().startsWith("loss = "), again.out());
    assertTrue(again.out().contains("the check, "), again.out());
    assertTrue(again.out().contains("seed 2 instead of 1 (4e7-"), again.out());
  }

  @Test
  void comparesOtherTextsAndTokenizersByTheByte() throws IOException {
    var more = CommandLineRun.text(folder.resolve("more.txt"), 12_000);
    var line = "--budget 4e7 --sizes 1x32 --vary data=" + more + " --vary tokenizer=char,bpe:270";
    var run = sweep(line);
    assertEquals(1, run.exit(), run.err()); // one run is no law
    for (var name : List.of("data more.txt", "tokenizer char", "tokenizer bpe-270")) {
      assertTrue(
          run.out().matches("(?s).*" + name + " \\(4e7-1x32\\): \\d\\.\\d{4} bits per byte, .*"),
          run.out());
    }
    assertTrue(
        run.err().contains("1 of 1 texts of " + more + " have passages of what is held out"),
        run.err());
    var again = sweep(line);
    assertEquals(4, again.err().split("\\(done before\\)", -1).length - 1, again.err());
  }

  @Test
  void tooFewRunsGiveNoVerdict() {
    var run = sweep("--budget 2e7 --sizes 1x32,1x64");
    assertEquals(1, run.exit());
    assertTrue(run.err().contains("2 of these show no law, it takes 8"), run.err());
    assertTrue(
        run.out().replaceAll("\\s+", " ").contains("no verdict: 2 runs of 2 sizes and 2 lengths"),
        run.out());
  }

  private void refused(String more, String begin) {
    var run = sweep(more + " --quiet");
    assertEquals(2, run.exit());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("fader: " + begin), run.err());
  }

  @Test
  void refusals() {
    refused("--budget 1e8 --minutes 3", "say what the runs may take: --budget 1e12,3e12,1e13");
    refused("--budget many", "--budget 'many' is not a number: write it like");
    refused("--budget 0", "a budget of 0.0 is no number of floating-point operations: try 1e13");
    refused(
        "--budget 1e8 --sizes large",
        "--sizes 'large' is no size: write layers and width, as in 4x128");
    refused("--budget 1e8 --sizes 0x32", "a size of 0x32 is no model: try 4x128");
    refused(
        "--budget 1e8 --vary colour=1",
        "--vary 'colour' is not a setting that a sweep can vary: choose one of lr,");
    refused("--budget 1e8 --vary data", "--vary data needs texts, as in --vary data=more.txt");
    refused(
        "--budget 1e8 --vary tokenizer=,bytes",
        "--vary tokenizer needs tokenizers, as in --vary tokenizer=bytes,bpe:512");
    refused(
        "--budget 1e8 --sizes 1x32 --vary tokenizer=words",
        "--tokenizer 'words' is neither bytes, char, bpe:SIZE nor a directory or file that is there");
    refused("--budget 1e8 --vary lr", "--vary lr needs values, as in --vary lr=");
    refused("--budget 1e8 --vary lr=fast", "--vary: lr 'fast' is not a number");
    refused("--budget 1e8 --steps 3", "unknown option --steps");
    refused(
        "--budget 1e18 --sizes 1x32",
        "no size fits these budgets: budget 1e18: 1 size would read the text of");
    refused(
        "--budget 1e3",
        "no size fits these budgets: with 1000 the smallest model reads too little text: try larger ones, or"
            + " say --sizes");
    refused("--budget 1e8 --val-fraction 0", "--val-fraction is 0.0, and must be above 0");
  }
}

package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `lab`: its tables, drawings and pages, and what it refuses.
class LabCommandTest {
  @TempDir private Path folder;
  private Path text;
  private Path out;

  @BeforeEach
  void writeText() throws IOException {
    text = CommandLineRun.text(folder.resolve("text.txt"), 5_000);
    out = folder.resolve("out");
  }

  private CommandLineRun lab(String experiment) {
    return CommandLineRun.ofLine(
        "lab " + experiment + " --data %s --out %s --context 16 --tokens 1000 --threads 2",
        text,
        out);
  }

  @Test
  void mapsSizesAndAmounts() throws IOException {
    var run = lab("overfitting --sizes 1x16,1x32 --shares 0.05,1");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.err().contains("4 runs of 1.0 k tokens, about "), run.err());
    assertTrue(
        run.out().startsWith("loss of what it did not read, by share of the text"), run.out());
    assertTrue(run.out().contains("size          5 %    100 %"), run.out());
    assertTrue(run.out().contains("\n1x16  "), run.out());
    assertTrue(run.out().contains("5 % of the text, read "), run.out());
    assertFalse(run.out().contains("\033"), "no colours but at a terminal");
    var drawing = Files.readString(out.resolve("overfitting.svg"));
    assertTrue(drawing.startsWith("<svg xmlns=") && drawing.contains("1x32"), drawing);
    var page = Files.readString(out.resolve("overfitting.html"));
    assertTrue(page.contains(drawing) && page.contains("1x16 100 %"), page);

    var found = lab("overfitting --sizes 1x16,1x32 --shares 0.05,1 --json --quiet");
    assertEquals("", found.err());
    assertEquals(4, found.json().get("findings").size());
    var first = found.json().get("findings").get(0);
    assertEquals(0.05, first.get("share").doubleValue());
    assertTrue(first.get("training_loss").doubleValue() > 0);
  }

  @Test
  void tellsWhatSpoiltTextDoes() throws IOException {
    var run = lab("quality --sizes 1x16 --shares 0,0.5 --seeds 2");
    assertEquals(0, run.exit(), run.err());
    assertEquals(
        7,
        run.out()
            .lines()
            .filter(line -> line.contains("parameters") || line.contains(" %"))
            .count());
    assertTrue(run.out().contains("duplicates 0 %"), run.out());
    assertTrue(Files.readString(out.resolve("quality.svg")).contains("shuffled 50 %"));
  }

  @Test
  void plansArchitectures() {
    var run = lab("architecture --dry-run");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.err().contains("24 runs of 1.0 k tokens"), run.err());
    assertFalse(Files.exists(out));
  }

  private void refused(String experiment, String begin) {
    var run = lab(experiment + " --quiet");
    assertEquals(2, run.exit());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith("fader: " + begin), run.err());
  }

  @Test
  void refusals() {
    refused("cooking", "EXPERIMENT 'cooking' is unknown: choose one of overfitting, quality, arch");
    refused("quality --sizes 1x16,1x32", "--sizes has 2 sizes, and quality takes one: try");
    refused("overfitting --sizes big", "--sizes 'big' is no size: write layers and width");
    refused("architecture --shares 0.5", "--shares says how much of the text, which");
    refused(
        "overfitting --shares 2", "a share of 2.0 is none for part: choose one above 0, up to 1");
    refused("overfitting --text 5", "--text is 5, and must be from 1000 to 1e9 bytes");
    refused("overfitting --seeds 11", "--seeds is 11, and must be from 1 to 10");
  }
}

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

/// `data report` and `data clean`.
class DataCommandTest {
  @TempDir private Path folder;
  private Path texts;

  @BeforeEach
  void writeTexts() throws IOException {
    texts = folder.resolve("texts.jsonl");
    Files.writeString(
        texts,
        """
        {"text": "The cat sat on the mat and it was not amused by the dog."}
        {"text": "The cat sat on the mat and it was not amused by the dog."}
        {"text": "Der Hund ist nicht in dem Haus, und die Katze ist auf der Mauer."}
        {"text": "no"}
        """);
  }

  @Test
  void reportsForPeopleAndPrograms() {
    var lines = CommandLineRun.ofLine("data report --data %s --min-words 2", texts);
    assertEquals(0, lines.exit(), lines.err());
    assertTrue(lines.out().startsWith("4 texts, "), lines.out());
    assertTrue(lines.out().contains("the same as an earlier one:\n  " + texts), lines.out());

    var object = CommandLineRun.ofLine("data report --data %s --min-words 2 --json", texts).json();
    assertEquals(4, object.get("texts").asInt());
    assertEquals(1, object.get("faults").get("repeated").get("texts").asInt());
    assertEquals(1, object.get("faults").get("short").get("texts").asInt());
    assertTrue(object.get("languages").has("en"));
    assertTrue(object.get("languages").has("de"));
  }

  @Test
  void cleansAndTrainReadsIt() throws IOException {
    var out = folder.resolve("clean.jsonl");
    var object =
        CommandLineRun.ofLine(
                "data clean --data %s --out %s --languages en,de --min-words 2 --json", texts, out)
            .json();
    assertEquals(2, object.get("kept").asInt());
    assertEquals(2, Files.readAllLines(out).size());
    assertEquals(2, Files.readAllLines(folder.resolve("clean.removed.jsonl")).size());
    var report = CommandLineRun.ofLine("data report --data %s --json", out).json();
    assertEquals(0, report.get("faults").get("repeated").get("texts").asInt());

    CommandLineRun.ofLine("data clean --data %s --out %s", texts, out)
        .expect(2, out + " already exists: replace it (--overwrite) or choose another OUT");
  }

  @Test
  void findsWhatABenchmarkHas() throws IOException {
    var benchmark = folder.resolve("benchmark.txt");
    Files.writeString(
        benchmark, "Question: the cat sat on the mat and it was not amused by the dog. Why?");
    var object =
        CommandLineRun.ofLine("data report --data %s --against %s --json", texts, benchmark).json();
    assertEquals(2, object.get("faults").get("known").get("texts").asInt());
  }

  @Test
  void refusals() {
    var out = folder.resolve("clean.txt");
    CommandLineRun.ofLine("data clean --data %s --out %s", texts, out)
        .expect(2, "--out " + out + " must end in .jsonl: each text becomes a line of it");
    CommandLineRun.ofLine("data clean --data %s --out %s --overwrite", texts, texts)
        .expect(2, texts + ", which would be written, is read as well: choose another --out");
    var inside = folder.resolve("clean.jsonl");
    CommandLineRun.ofLine("data clean --data %s --out %s", folder, inside)
        .expect(2, inside + ", which would be written, is read as well: choose another --out");
    CommandLineRun.ofLine("data").expect(2, "say what to do: data report or data clean");
    CommandLineRun.ofLine("data report --data %s --similar 0.1", texts)
        .expect(2, "--similar 0.1 is too little to be found: choose from 0.7 to 1, or 2 for none");
    CommandLineRun.ofLine("data report --data %s --min-words -3", texts)
        .expect(2, "--min-words is -3, and must be 0 or more");
    assertFalse(Files.exists(out));
  }
}

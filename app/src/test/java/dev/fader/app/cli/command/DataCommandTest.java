package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  void namesWhatIsBrokenAndGoesOn() throws IOException {
    Files.writeString(texts, "{\"text\": 7}\n" + Files.readString(texts));
    var named =
        "left out: %s:1: \"text\" is not a string; each line is one object like {\"text\": \"…\"} or {\"ids\": [1, 2, 3]}\n1 document could not be read, and was left out\n"
            .formatted(texts);
    var report = CommandLineRun.ofLine("data report --data %s --json", texts);
    assertEquals(0, report.exit(), report.err());
    assertEquals(named, report.err());
    assertEquals(4, report.json().get("texts").asInt());
    assertEquals(1, report.json().get("unreadable").asInt());

    var out = folder.resolve("clean.jsonl");
    var clean = CommandLineRun.ofLine("data clean --data %s --out %s", texts, out);
    assertEquals(0, clean.exit(), clean.err());
    assertEquals(named, clean.err());
    assertEquals(3, Files.readAllLines(out).size());
  }

  /// Of a file of which nothing can be read, the first lines are named, and nothing is written.
  @Test
  void failsIfNothingCanBeRead() throws IOException {
    Files.writeString(texts, "{\"text\": 7}\n".repeat(1031));
    var out = folder.resolve("clean.jsonl");
    for (var line : List.of("report --data " + texts, "clean --data " + texts + " --out " + out)) {
      var run = CommandLineRun.ofLine("data " + line);
      assertEquals(1, run.exit(), run.err());
      assertEquals(21, run.err().lines().count(), run.err());
      assertTrue(
          run.err()
              .endsWith("fader: none of 1,031 documents can be read: repair them or give others\n"),
          run.err());
    }
    assertFalse(Files.exists(out));
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

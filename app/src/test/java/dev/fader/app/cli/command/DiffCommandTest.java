package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffCommandTest {
  @TempDir Path folder;

  private static final Path FIRST = CommandLineRun.golden("gguf/wide256-q4_0.gguf");
  private static final Path SECOND = CommandLineRun.golden("gguf/wide256-q4_k_m.gguf");

  @Test
  void theSameModelIsOneSentence() {
    var llama = CommandLineRun.golden("models/llama");
    var run = CommandLineRun.ofLine("diff %s %s --threads 1", llama, llama);
    assertEquals(0, run.exit(), run.err());
    assertEquals("the same model: all 30 tensors have the same bytes\n", run.out());
  }

  @Test
  void tableAndMap() {
    var run = CommandLineRun.ofLine("diff %s %s --tensor layers.1 --threads 1", FIRST, SECOND);
    assertEquals(0, run.exit(), run.err());
    var lines = run.out().lines().toList();
    assertTrue(lines.get(1).startsWith("layer 1 changed, most of all "), run.out());
    assertTrue(lines.get(3).startsWith("tensor  "), run.out());
    assertTrue(lines.get(4).startsWith("model.layers.1.self_attn.q_proj.weight  "), run.out());
    int map = lines.indexOf("relative change in %");
    assertEquals(
        "layer  q_proj  k_proj  v_proj  o_proj  gate_proj  up_proj  down_proj", lines.get(map + 1));
    assertTrue(lines.get(map + 2).matches("    1( +\\d[\\d.]+){7}"), lines.get(map + 2));
    assertEquals("2 tensors are the same in both", lines.getLast());
  }

  @Test
  void jsonHasTheSame() {
    var json =
        CommandLineRun.ofLine("diff %s %s --tensor q_proj --json --threads 1", FIRST, SECOND)
            .json();
    assertTrue(json.required("by_family").booleanValue());
    var tensor = json.required("tensors").get(0);
    assertEquals("q_proj", tensor.required("module").stringValue());
    assertEquals("Q4_0", tensor.required("first_type").stringValue());
    assertEquals("Q4_K", tensor.required("second_type").stringValue());
    assertTrue(tensor.required("cosine").doubleValue() > 0.98);
    assertEquals("[\"q_proj\"]", json.required("map").required("modules").toString());
  }

  @Test
  void whatIsWrongIsTold() {
    CommandLineRun.ofLine("diff %s %s --tensor q_prj", FIRST, SECOND)
        .expect(
            2,
            "--tensor: no tensor is called 'q_prj'; the nearest are 'q_proj', 'k_proj', 'v_proj'");
    var none = folder.resolve("none.gguf");
    CommandLineRun.ofLine("diff %s %s", FIRST, none)
        .expect(1, none + ": no such file or directory");
    CommandLineRun.ofLine("diff %s", FIRST).expect(2, "B is missing; see fader diff --help");
  }
}

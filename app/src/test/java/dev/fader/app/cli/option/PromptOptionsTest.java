package dev.fader.app.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where `generate` and `predict` take their text from, and what they say of what came of it.
class PromptOptionsTest {
  @TempDir static Path folder;

  private static Path model;

  @BeforeAll
  static void model() throws IOException {
    model = folder.resolve("model");
    var data = CommandLineRun.text(folder.resolve("data.txt"), 3000);
    var trained = CommandLineRun.train(data, model, "--tokenizer", "bytes", "--steps", "1");
    assertEquals(0, trained.exit(), trained.err());
  }

  private static CommandLineRun generate(String... more) {
    return CommandLineRun.of(
        Stream.concat(
                Stream.of("generate", model.toString(), "--threads", "1", "--greedy"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void promptFromOptionFileOrInput() throws IOException {
    var file = Files.writeString(folder.resolve("prompt.txt"), "Line 7\n");
    var expected = generate("--prompt", "Line 7", "--json").json().get("ids");
    assertEquals(expected, generate("Line 7", "--json").json().get("ids"));
    assertEquals(expected, generate("--prompt-file", file.toString(), "--json").json().get("ids"));
    var predicted = CommandLineRun.of("predict", model.toString(), "Line 7", "--threads", "1");
    assertEquals(
        CommandLineRun.of("predict", model.toString(), "--prompt", "Line 7", "--threads", "1")
            .out(),
        predicted.out());
    assertEquals(0, predicted.exit());
  }

  @Test
  void pipedInputIsThePrompt() throws Exception {
    var expected = generate("Line 7", "--json").json().get("ids");
    var input = Files.writeString(folder.resolve("piped.txt"), "Line 7\n");
    var command =
        Stream.of(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()),
                Stream.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                CommandLineRun.program().stream(),
                Stream.of("generate", model.toString(), "--threads", "1", "--greedy", "--json"))
            .flatMap(part -> part)
            .toList();
    var output = folder.resolve("output.json");
    var process =
        new ProcessBuilder(command)
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, process.waitFor());
    var json = tools.jackson.databind.json.JsonMapper.shared().readTree(output.toFile());
    assertEquals(expected, json.get("ids"));
    // Asked for by name, it need not be one of the process.
    var before = System.in;
    for (var more :
        List.of(new String[] {"-", "--json"}, new String[] {"--prompt", "-", "--json"})) {
      try (var stream = Files.newInputStream(input)) {
        System.setIn(stream);
        assertEquals(expected, generate(more).json().get("ids"), more[0]);
      } finally {
        System.setIn(before);
      }
    }
  }

  @Test
  void twoPromptsExcludeEachOther() {
    generate("a", "--prompt", "b")
        .expect(2, "a PROMPT and --prompt exclude each other: give one of them");
    generate("--prompt", "b", "--ids", "1")
        .expect(2, "--prompt and --ids exclude each other: give one of them");
    generate("--prompt-file", "nowhere.txt").expect(1, "nowhere.txt: no such file or directory");
  }

  /// The context of 16 tokens holds 3 that are read and 14 that are written, of which the last one
  /// is not read.
  @Test
  void defaultLengthFillsTheContext() {
    var written = generate("abc", "--json").json();
    int prompt = written.get("prompt_tokens").asInt();
    assertEquals(17 - prompt, written.get("ids").size());
    assertEquals("length", written.get("stop_reason").asString());
    assertEquals(
        "context",
        generate("abc", "--max-tokens", "200", "--json").json().get("stop_reason").asString());
    var told = generate("abc");
    assertTrue(
        told.err().matches("prompt: .*; the model's context of 16 tokens is full\n"), told.err());
    assertTrue(told.out().endsWith("\n"), told.out());
  }

  @Test
  void reportStartsOnItsOwnLine() {
    var ended = generate("abc", "--grammar", "root ::= \"x\\n\"");
    assertEquals("x\n", ended.out());
    assertEquals("x\n", generate("abc", "--grammar", "root ::= \"x\"").out());
  }
}

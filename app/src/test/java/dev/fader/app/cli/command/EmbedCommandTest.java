package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.app.cli.CommandLineRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class EmbedCommandTest {
  private final Path llama = CommandLineRun.golden("models/llama");

  /// Six digits are printed of numbers that agree with float64 in five.
  @ParameterizedTest
  @CsvSource({"mean, mean", "last, last", "first, first"})
  void embeddingsMatchTheReference(String pooling, String field) {
    var mapper = JsonMapper.shared();
    var ids = mapper.readTree(llama.resolve("golden.json").toFile()).get("input_ids").toString();
    var flat = ids.replaceAll("[\\[\\] ]", "");
    var golden = mapper.readTree(llama.resolve("states.json").toFile()).get(field);
    var lines = run("--ids", flat, "--raw", "--pooling", pooling);
    var json = run("--ids", flat, "--raw", "--pooling", pooling, "--json");
    assertEquals(0, lines.exit(), lines.err());
    var printed = lines.out().strip().split(" ");
    var embedding = mapper.readTree(json.out()).get("embeddings").get(0).get("embedding");
    assertEquals(golden.size(), printed.length);
    for (int i = 0; i < printed.length; i++) {
      double expected = golden.get(i).doubleValue();
      assertEquals(expected, Double.parseDouble(printed[i]), 1e-4);
      assertEquals(expected, embedding.get(i).doubleValue(), 1e-4);
    }
  }

  @Test
  void wrongUseIsOneLine() {
    run("--pooling", "mean")
        .expect(2, "give exactly one of --text, --ids, a FILE and - for the texts");
    run("--ids", "1", "--pooling", "max")
        .expect(2, "--pooling is 'max', and must be mean, last or first");
    run("--text", "hello").expect(2, llama + " has no tokenizer: give --ids");
  }

  private CommandLineRun run(String... arguments) {
    var all = new String[arguments.length + 2];
    all[0] = "embed";
    all[1] = llama.toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return CommandLineRun.of(all);
  }
}

package dev.fader.app.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/// The options of writing, on a model of bytes that has learned two steps.
class SamplingOptionsTest {
  @TempDir private static Path folder;
  private static Path model;

  @BeforeAll
  static void train() throws IOException {
    var text = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    model = folder.resolve("model");
    var run = CommandLineRun.train(text, model, "--steps", "2", "--tokenizer", "bytes");
    assertEquals(0, run.exit(), run.err());
  }

  private static CommandLineRun generate(String... options) {
    return CommandLineRun.of(
        Stream.concat(
                Stream.of(
                    "generate", model.toString(), "--threads", "1", "--prompt", "L", "--json"),
                Stream.of(options))
            .toArray(String[]::new));
  }

  @Test
  void everyOptionIsAccepted() {
    var options =
        ("--seed 3 --max-tokens 7 --temp 0.9 --dynatemp-range 0.5 --dynatemp-exp 1.5 --top-k 40"
                + " --top-p 0.95 --min-p 0.05 --typical 0.9 --top-nsigma 3"
                + " --xtc-probability 0.5 --xtc-threshold 0.1 --min-keep 1"
                + " --repeat-penalty 1.1 --presence-penalty 0.1 --frequency-penalty 0.1"
                + " --repeat-last-n 32 --dry-multiplier 0.8 --dry-base 1.7"
                + " --dry-allowed-length 3 --dry-penalty-last-n 100 --dry-sequence-breaker none"
                + " --logit-bias 65+1.5 --logit-bias 66-inf --stop Z")
            .split(" ");
    var run = generate(options);
    assertTrue(run.json().get("ids").size() <= 7);
    assertEquals(run.json(), generate(options).json());
  }

  @Test
  void logitBiasDecides() {
    var run = generate("--greedy", "--max-tokens", "3", "--logit-bias", "66+1000");
    assertEquals("BBB", run.json().get("text").asString());
  }

  @Test
  void mirostatIsReproducible() {
    var first = generate("--mirostat", "2", "--mirostat-tau", "3", "--seed", "5");
    var second = generate("--mirostat", "2", "--mirostat-tau", "3", "--seed", "5");
    assertEquals(first.json(), second.json());
  }

  @Test
  void grammarConstrainsText() throws IOException {
    var grammar = Files.writeString(folder.resolve("g.gbnf"), "root ::= [a-c]{5}\n");
    for (var options :
        new String[][] {
          {"--grammar", "root ::= [a-c]{5}"},
          {"--grammar", grammar.toString()},
          {"--grammar-file", grammar.toString()}
        }) {
      var written = generate(options).json();
      assertTrue(written.get("text").asString().matches("[a-c]{5}"), written.toString());
      assertEquals("grammar", written.get("stop_reason").asString());
    }
  }

  @Test
  void schemaConstrainsText() throws IOException {
    var schema = "{\"enum\": [{\"n\": 1}, {\"n\": 9}]}";
    var file = Files.writeString(folder.resolve("schema.json"), schema);
    for (var options :
        new String[][] {
          {"--json-schema", schema},
          {"--json-schema", file.toString()},
          {"--json-schema-file", file.toString()}
        }) {
      var text = generate(options).json().get("text").asString();
      int n = JsonMapper.shared().readTree(text).get("n").intValue();
      assertTrue(n == 1 || n == 9, text);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "--top-p | 2 | top-p is 2.0, and must be above 0 and at most 1",
        "--max-tokens | 0 | --max-tokens is 0, and must be at least 1",
        "--stop | `` | a stop string is empty: give at least one character",
        "--logit-bias | 99999+1 | --logit-bias 99999 is not in the vocabulary of 257: give ids from 0 to 256",
        "--mirostat | 1 | --mirostat is 1, and must be 0 or 2",
        "--logit-bias | x+1 | --logit-bias 'x+1' is not a token id with a bias: write it like 13+1.5 or 13-inf",
        "--dry-base | 0.5 | DRY base is 0.5, and must be a number of at least 1",
        "--grammar | root ::= a | the grammar uses rules that it does not define: 'a'",
        "--json-schema | {\"not\":{}} | JSON Schema #: no value satisfies it: what it asks excludes each other",
      })
  void aValueOutOfRange(String option, String value, String line) {
    generate(option, value).expect(2, line);
  }

  @Test
  void grammarAndSchemaExcludeEachOther() {
    generate("--json-mode", "--grammar", "root ::= \"a\"")
        .expect(2, "only one grammar can constrain a text: give one grammar or JSON Schema");
  }

  @Test
  void missingGrammarIsNamed() {
    generate("--grammar", "nowhere.gbnf").expect(1, "nowhere.gbnf: no such file or directory");
  }

  @Test
  void draftsLeaveTextAsItIs() {
    var plain = generate("--greedy", "--max-tokens", "20").json();
    for (var source : new String[] {"ngram", model.toString()}) {
      var drafted =
          generate("--greedy", "--max-tokens", "20", "--speculate", source, "--draft-tokens", "3")
              .json();
      assertEquals(plain.get("ids"), drafted.get("ids"));
      int accepted = drafted.get("accepted_tokens").intValue();
      assertTrue(accepted <= drafted.get("drafted_tokens").intValue());
      assertEquals(plain.get("ids").size() - 1, drafted.get("passes").intValue() + accepted);
    }
  }

  @Test
  void draftsWithoutSourceOrLengthAreRefused() {
    generate("--draft-tokens", "3")
        .expect(
            2,
            "--draft-tokens is the length of drafts: say where they come from, with --speculate"
                + " ngram or a model");
    generate("--speculate", "ngram", "--draft-tokens", "16")
        .expect(2, "--draft-tokens is 16, and must be from 1 to 15");
    generate("--speculate", "nowhere").expect(1, "nowhere: no such file or directory");
  }

  @Test
  void zerosOfOtherActivationsAreNotSkipped() {
    generate("--sparse")
        .expect(
            1,
            "--sparse: the activation SILU of this model makes no zeros to skip, which ReLU, its square"
                + " and dReLU do: leave it out");
  }

  /// A model that is not quantised has nothing that is repacked.
  @Test
  void weightsThatAreNotRepackedGiveTheSameText() {
    var usual = generate("--max-tokens", "8", "--temperature", "0").json();
    var stored = generate("--max-tokens", "8", "--temperature", "0", "--no-repack").json();
    assertEquals(usual.get("ids"), stored.get("ids"));
  }
}

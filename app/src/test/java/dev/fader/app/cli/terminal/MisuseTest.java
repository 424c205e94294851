package dev.fader.app.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MisuseTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tokenize | MODEL is missing; see fader tokenize --help",
        "convert | IN is missing; see fader convert --help",
        "upcycle a b | --experts is missing; see fader upcycle --help",
        "upcycle a b --experts 4 --experts-per-token 5 | --experts-per-token is 5, and must be from 1 to the 4 of --experts",
        "relufy --out a | MODEL is missing; see fader relufy --help",
        "relufy m --out a --resume --overwrite | --resume goes on with what --overwrite deletes: choose one of them",
        "quantize a b | --type is missing; see fader quantize --help",
        "predict m --top | --top has no value: write --top N",
        "predict m --top x | --top 'x' is not a whole number, or too large",
        "plan gpt-2 --context 99999999999 | --context '99999999999' is not a whole number, or too large",
        "predict m --ids 1,x | --ids 'x' is not a whole number, or too large",
        "generate m --temperature warm | --temperature 'warm' is not a number",
        "generate m --seed x | --seed 'x' is not a whole number, or too large",
        "render m --messages f --now soon | --now 'soon' is not a time: write it like 2026-01-02T03:04:05",
        "convert a b --type Q4_0 | --type 'Q4_0' is not known: choose one of F32, F16, BF16",
        "render m --messages f --set foo | --set 'foo' has no '=': write NAME=VALUE",
        "params --lst | unknown option --lst; did you mean --list?",
        "train --out o --seedd 3 | unknown option --seedd; did you mean --seed?",
        "tune m --lora-rank 8 | unknown option --lora-rank; did you mean --rank?",
        "tune m --learning_rate=1 | unknown option --learning_rate=1; did you mean --lr?",
        "generate m --lora a | unknown option --lora; did you mean --adapter?",
        "tune m --lora a | unknown option --lora; see fader tune --help",
        "juggle x | unknown command juggle; see fader --help",
        "upload | unknown command upload; see fader --help",
        "evaluatte x | unknown command evaluatte; did you mean evaluate?",
        "tok | unknown command tok; did you mean tokenize?",
        "t | unknown command t; see fader --help",
        "system now | unknown argument now; see fader system --help",
      })
  void saysWhatIsWrong(String command, String line) {
    CommandLineRun.of(command.split(" ")).expect(2, line);
  }

  @ParameterizedTest
  @CsvSource({
    "help train, --stop-when-overfitting",
    "help, evaluate",
    "chat --help, Talks with a model"
  })
  void helpIsACommandAndOthersHaveTheNamesPeopleTry(String command, String words) {
    var run = CommandLineRun.of(command.split(" "));
    assertEquals(0, run.exit(), run.err());
    assertEquals("", run.err());
    assertTrue(run.out().contains(words), run.out());
  }

  @ParameterizedTest
  @CsvSource({"eval, MODEL is missing", "perplexity, MODEL is missing", "download, missing"})
  void commandAliasWorks(String name, String words) {
    var run = CommandLineRun.of(name);
    assertEquals(2, run.exit());
    assertTrue(run.err().contains(words), run.err());
  }

  @Test
  void whatIsQuotedCannotSteerTheTerminal() {
    CommandLineRun.of("system", "\u001b[31mnow\u0007")
        .expect(2, "unknown argument \uFFFD[31mnow\uFFFD; see fader system --help");
  }

  @Test
  void typeNamesIgnoreCase() {
    // Read as a type, so that what fails is the file.
    CommandLineRun.of("quantize", folder + "/none", folder + "/out.gguf", "--type", "q4_k_m")
        .expect(1, folder + "/none: no such file or directory");
    assertFalse(Files.exists(folder.resolve("out.gguf")));
  }

  @Test
  void textsAreNamed() throws Exception {
    var model = CommandLineRun.golden("models/llama").toString();
    CommandLineRun.of("generate", model, "--ids", "1", "--grammar-file", folder.toString())
        .expect(1, folder + ": is a directory, and a file with text is needed");
    var latin = Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xE9, 'b'});
    CommandLineRun.of("generate", model, "--ids", "1", "--grammar-file", latin.toString())
        .expect(1, latin + ": not UTF-8; convert it, for example with iconv");
    CommandLineRun.of("generate", model, "--ids", "1", "--json-schema", "{")
        .expect(
            2,
            "the JSON Schema is broken JSON: Unexpected end-of-input: expected close marker for Object");
    CommandLineRun.of("embed", model, "--ids", "99999")
        .expect(2, "--ids 99999 is not in the vocabulary of 384: give ids from 0 to 383");
  }
}

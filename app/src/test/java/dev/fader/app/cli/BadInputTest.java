package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One line for each thing that can be wrong with what `train` is given, the exit code, and nothing
/// left behind.
class BadInputTest {
  @TempDir private Path folder;
  private Path text;
  private Path out;

  @BeforeEach
  void writeText() throws IOException {
    text = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    out = folder.resolve("out");
  }

  private CommandLineRun train(Path data, String... more) {
    var run = CommandLineRun.train(data, out, more);
    assertFalse(Files.exists(out), "nothing is left behind");
    return run;
  }

  @Test
  void missingData() {
    var missing = folder.resolve("missing.txt");
    train(missing)
        .expect(
            1, missing + ": no such file or folder; check the name, or use - for standard input");
  }

  @Test
  void noData() {
    CommandLineRun.trainOnly(out)
        .expect(2, "--data is missing: name a text, a folder, a .jsonl file, - or jdk");
  }

  @Test
  void emptyData() throws IOException {
    var empty = Files.writeString(folder.resolve("empty.txt"), "");
    train(empty).expect(1, empty + ": empty; there is nothing to learn from");
  }

  @Test
  void binaryData() throws IOException {
    var binary = Files.write(folder.resolve("binary"), new byte[] {'E', 'L', 'F', 0, 1});
    train(binary)
        .expect(
            1,
            binary
                + ": binary data, not text (a zero byte at offset 3); give text, .jsonl or either"
                + " of them gzipped");
  }

  @Test
  void unreadableData() throws IOException {
    Files.setPosixFilePermissions(text, PosixFilePermissions.fromString("---------"));
    assumeTrue(!Files.isReadable(text), "the superuser reads everything");
    train(text).expect(1, text + ": cannot be read: permission denied; make it readable");
  }

  @Test
  void invalidUtf8() throws IOException {
    var latin =
        Files.write(folder.resolve("latin"), "café au lait".getBytes(StandardCharsets.ISO_8859_1));
    train(latin)
        .expect(
            1,
            latin
                + ": not UTF-8: byte 0xE9 at offset 3; convert it, for example with: iconv -f"
                + " ISO-8859-1 -t UTF-8");
  }

  @Test
  void textShorterThanAContext() throws IOException {
    train(CommandLineRun.text(folder.resolve("short"), 12))
        .expect(
            1,
            "the text to learn from is 11 tokens, less than one context of 16 and the token after"
                + " it; give more text or a --context of at most 10");
  }

  @Test
  void idsBeyondTheVocabulary() throws IOException {
    var ids = Files.writeString(folder.resolve("ids.jsonl"), "{\"ids\":[1,2]}\n{\"ids\":[3,99]}\n");
    train(ids, "--vocab", "99")
        .expect(
            1,
            ids
                + ":2: id 99 is not in the vocabulary of 99 (0 to 98); use the tokenizer that the"
                + " ids were made with");
  }

  @Test
  void idsOfAnUnknownVocabulary() throws IOException {
    var ids = Files.writeString(folder.resolve("ids.jsonl"), "{\"ids\":[1,2]}\n");
    train(ids)
        .expect(
            2,
            "the data holds token ids of an unknown tokenizer: say how many there are with"
                + " --vocab, or give the model with --init");
  }

  @Test
  void contradictionsPrecedeReading() {
    var missing = folder.resolve("missing.txt").toString();
    CommandLineRun.trainOnly(out, "--data", missing, "--dim", "32", "--heads", "5", "--steps", "2")
        .expect(2, "--heads 5 do not divide --dim 32: choose a divisor of 32, such as 4");
  }

  @Test
  void headsNotDividingWidth() {
    CommandLineRun.trainOnly(
            out, "--data", text.toString(), "--dim", "32", "--heads", "5", "--steps", "2")
        .expect(2, "--heads 5 do not divide --dim 32: choose a divisor of 32, such as 4");
  }

  @Test
  void oddHeadSizeWithRotary() {
    CommandLineRun.trainOnly(
            out, "--data", text.toString(), "--dim", "30", "--heads", "2", "--steps", "2")
        .expect(
            2, "head size 15 is odd, and rotary positions rotate pairs: choose an even head size");
  }

  @Test
  void tooLittleMemory() {
    var run =
        CommandLineRun.trainOnly(
            out, "--data", text.toString(), "--layers", "200", "--dim", "65536", "--steps", "2");
    assertEquals(1, run.exit());
    assertTrue(
        run.err()
            .matches(
                "fader: training needs \\d+\\.\\d TB of memory and \\d+\\.\\d [GT]B of \\S+ [GT]B"
                    + " is available \\(.+\\): choose a smaller model \\(.+ parameters\\)\n"),
        run.err());
    assertFalse(Files.exists(out));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--bach | 4 | unknown option --bach; did you mean --batch?",
        "--lr | nan | --lr 'nan' is not a number: write it like 100, 0.5, 3e-4 or 10M",
        "--lr | 0,5 | --lr '0,5' is not a number: write it like 100, 0.5, 3e-4 or 10M",
        "--lr | 1e999 | --lr '1e999' is beyond all numbers: choose a smaller one",
        "--lr | -1 | learning rate is -1.0, and must be a number above 0: try 0.001",
        "--lr | 0 | learning rate is 0.0, and must be a number above 0: try 0.001",
        "--clip | -1 | clip is -1.0, and must be a number of at least 0: try 1, or 0 for no clipping",
        "--dropout | 1 | dropout is 1.0, and must be at least 0 and below 1: try 0.1, or 0 for none",
        "--beta1 | 1 | beta1 is 1.0, and must be at least 0 and below 1: try 0.9",
        "--seed | 1.5 | --seed is 1.5, and must be a whole number: try 2",
        "--keep | 0 | keep is 0, and must be at least 1: choose a larger one",
        "--eval-every | -1 | eval-every is -1, and must be at least 0: choose a larger one",
        "--steps | 0 | --steps is 0, and must be from 1 to 2147483647: choose one between",
        "--steps | 1e12 | --steps is 1000000000000, and must be from 1 to 2147483647: choose one between",
        "--val-fraction | 2 | --val-fraction is 2.0, and must be from 0 to 0.5",
        "--vocab | 10 | --vocab 10 is too small for a tokenizer of 257 ids: choose at least 257",
        "--engine | mkl | --engine 'mkl' is unknown: choose one of auto, java, onednn",
        "--precision | fp8 | --precision 'fp8' is unknown: choose float32 or bf16",
        "--arch | gpt5 | --arch 'gpt5' is unknown: choose one of gpt2, opt, llama, qwen3, deepseek",
        "--embedding-dim | 8 | --embedding-dim 8 is not for arch qwen3, which has no place for a second matrix: leave it out, or choose --arch opt",
        "--tokenizer | bpe:many | --tokenizer 'bpe:many' has no size: write, say, bpe:4096",
        "--zero | 4 | zero 4 is no stage of sharding: choose one from 0 to 3",
        "--zero | all | --zero all is no whole number: give one such as 1",
        "--sync-every | 0 | sync-every 0 is no number of steps: choose 1 or more, such as 50",
        "--outer-rate | 1 | --outer-rate is of the step after steps of their own: give --sync-every H, such as 50, as well",
        "--outer-rate | -1 | an outer rate of -1.0: choose one above 0, such as 0.7",
        "--outer-momentum | much | --outer-momentum 'much' is not a number: write it like 100, 0.5, 3e-4 or 10M",
        "--init | nowhere | nowhere/config.json: no such file; name a model directory or a .gguf file"
            + " with --init",
      })
  void aFlagOutOfRange(String flag, String value, String line) {
    train(text, flag, value).expect(2, line);
  }

  @Test
  void threadsOutOfRange() {
    CommandLineRun.of("system", "--threads", "0")
        .expect(2, "--threads is 0, and must be from 1 to 1024");
  }

  @Test
  void unknownCommand() {
    CommandLineRun.of("trian").expect(2, "unknown command trian; did you mean train?");
  }

  @Test
  void existingOutputIsUntouched() throws IOException {
    Files.createDirectory(out);
    var precious = Files.writeString(out.resolve("model.safetensors"), "precious");
    CommandLineRun.train(folder.resolve("not even read"), out)
        .expect(
            2,
            out
                + " already exists: continue it (--resume), replace it (--overwrite) or choose"
                + " another --out");
    assertEquals("precious", Files.readString(precious));
  }

  @Test
  void outputIsAFile() throws IOException {
    Files.writeString(out, "precious");
    CommandLineRun.train(text, out)
        .expect(2, out + " exists and is not a directory: choose another --out for the model");
    assertEquals("precious", Files.readString(out));
  }

  @Test
  void nothingToResume() {
    train(text, "--resume")
        .expect(
            1, "there is no checkpoint in " + out + " to resume from: leave out --resume to begin");
  }

  @Test
  void resumeAndOverwrite() {
    train(text, "--resume", "--overwrite")
        .expect(2, "--resume goes on with what --overwrite deletes: choose one of them");
  }

  @Test
  void failedStartKeepsTheOldLog() throws IOException {
    var log = Files.writeString(folder.resolve("log.jsonl"), "{\"step\":1}\n");
    train(text, "--log", log.toString(), "--lr", "0")
        .expect(2, "learning rate is 0.0, and must be a number above 0: try 0.001");
    assertEquals("{\"step\":1}\n", Files.readString(log));
  }

  @Test
  void unwritableLog() {
    train(text, "--log", folder.toString())
        .expect(2, "--log " + folder + " cannot be written: name a file in a folder of your own");
  }

  @Test
  void fullDevice() {
    var full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no " + full);
    train(text, "--steps", "2", "--log", full.toString())
        .expect(
            1,
            "the log /dev/full cannot be written: No space left on device; free some space, or"
                + " choose another --log");
  }
}

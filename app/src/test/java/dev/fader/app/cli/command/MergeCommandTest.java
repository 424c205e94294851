package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MergeCommandTest {
  private static final Path LLAMA = CommandLineRun.golden("models/llama");

  @TempDir private Path folder;

  private static Path adapter(String name) {
    return CommandLineRun.golden("adapters/" + name);
  }

  private static JsonNode golden(String name) {
    return JsonMapper.shared().readTree(adapter(name).resolve("golden.json").toFile());
  }

  private static String ids(String name) {
    var ids = new ArrayList<String>();
    golden(name).get("input_ids").forEach(id -> ids.add(id.asString()));
    return String.join(",", ids);
  }

  private static JsonNode logits(Path model, String name) {
    return CommandLineRun.ofLine("predict %s --ids %s --all --json --threads 1", model, ids(name))
        .json()
        .at("/positions/0/logits");
  }

  private static void assertGolden(String name, Path model) {
    var expected = golden(name).get("last_logits");
    var logits = logits(model, name);
    for (int id = 0; id < expected.size(); id++) {
      assertEquals(expected.get(id).doubleValue(), logits.get(id).doubleValue(), 1e-4);
    }
  }

  private static Path base(String name) {
    return CommandLineRun.golden(golden(name).get("base").stringValue());
  }

  private static JsonNode merged(Object model, Object adapter, Object out, String... more) {
    var line =
        List.of(
            "merge", model.toString(), adapter.toString(), out.toString(), "--json", "--threads");
    var all = new ArrayList<>(line);
    all.add("1");
    all.addAll(List.of(more));
    return CommandLineRun.of(all.toArray(String[]::new)).json();
  }

  /// Directories and files in float32 have peft's logits.
  @ParameterizedTest
  @CsvSource({
    "lora-all-rslora, out", "lora-all-rslora, out.gguf", "dora, out.gguf", "lora-gpt2, out",
    "lora-gpt2, out.gguf", "lora-qwen2-bias, out", "lora-embedding, out", "trainable-tokens, out"
  })
  void whatIsWrittenHasTheLogitsOfPeft(String name, String file) {
    var out = folder.resolve(file);
    var summary = merged(base(name), adapter(name), out);
    assertTrue(summary.get("relative_difference").doubleValue() < 1e-5, summary.toString());
    assertEquals(1e-4, summary.get("relative_bound").doubleValue());
    assertEquals(0, summary.get("quantized").intValue());
    assertGolden(name, out);
  }

  @ParameterizedTest
  @CsvSource({"lora-all-rslora", "ia3", "lora-gpt2", "lora-embedding"})
  void ggufFilesStayGgufFiles(String name) {
    var file = folder.resolve("base.gguf");
    CommandLineRun.ofLine("convert %s %s", base(name), file);
    var out = folder.resolve("out.gguf");
    assertTrue(merged(file, adapter(name), out).get("relative_difference").doubleValue() < 1e-5);
    assertGolden(name, out);
  }

  /// What a quantised file costs is said; tensors that no adapter changes stay as they are.
  @Test
  void quantisedFilesAreQuantisedAgain() throws IOException {
    var file = folder.resolve("base.gguf");
    assertEquals(0, CommandLineRun.ofLine("quantize %s %s --type Q8_0", LLAMA, file).exit());
    var out = folder.resolve("out.gguf");
    var summary = merged(file, adapter("lora-qv"), out);
    assertEquals(6, summary.get("quantized").intValue()); // queries and values of three layers
    double error = summary.get("quantization_error").doubleValue();
    assertTrue(error > 0 && error < 1e-2, summary.toString());
    double relative = summary.get("relative_difference").doubleValue();
    assertTrue(relative > 0 && relative < summary.get("relative_bound").doubleValue());
    assertEquals(Files.size(file), Files.size(out), 256);
    assertGoldenWithin("lora-qv", out, 0.05);

    var four = folder.resolve("four.gguf");
    var coarser = merged(file, adapter("lora-qv"), four, "--type", "q4_0");
    assertTrue(coarser.get("quantization_error").doubleValue() > error);
    assertTrue(Files.size(four) < Files.size(out));
    var run =
        CommandLineRun.ofLine(
            "merge %s %s %s --type Q4_0 --threads 1 --overwrite", LLAMA, adapter("lora-qv"), four);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.err().contains("quantised: "), run.err());
    assertTrue(run.err().contains("checked: the logits of 16 tokens differ by at most"));
    assertTrue(run.err().contains("(bound: 0.50)"), run.err());
  }

  private static void assertGoldenWithin(String name, Path model, double tolerance) {
    var expected = golden(name).get("last_logits");
    var logits = logits(model, name);
    for (int id = 0; id < expected.size(); id++) {
      assertEquals(expected.get(id).doubleValue(), logits.get(id).doubleValue(), tolerance);
    }
  }

  @Test
  void severalAreMergedWithTheirScales() {
    var out = folder.resolve("out");
    var run =
        CommandLineRun.ofLine(
            "merge %s %s %s %s --type bf16 --threads 1",
            LLAMA, adapter("lora-qv") + ":0.5", adapter("loha"), out);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.err().contains("(bound: 0.10)"), run.err());
    var beside =
        CommandLineRun.ofLine(
                "predict %s --ids 5,6,7 --all --json --threads 1 --adapter %s --adapter %s",
                LLAMA, adapter("lora-qv") + ":0.5", adapter("loha"))
            .json()
            .at("/positions/0/logits");
    var inside =
        CommandLineRun.ofLine("predict %s --ids 5,6,7 --all --json --threads 1", out)
            .json()
            .at("/positions/0/logits");
    for (int id = 0; id < beside.size(); id++) {
      assertEquals(beside.get(id).doubleValue(), inside.get(id).doubleValue(), 0.05);
    }
  }

  /// Lengths of DoRA are of the model's weights and its own change, as peft has it, in any order.
  @ParameterizedTest
  @CsvSource({
    "lora-qv, dora",
    "dora, lora-qv",
    "dora:0.5, dora",
    "lora-qwen2-bias, dora-bias-qwen2"
  })
  void lengthsAreThoseBesideTheModel(String first, String second) {
    var out = folder.resolve("out");
    var run =
        CommandLineRun.ofLine(
            "merge %s %s %s %s --json --threads 1",
            base(first.replace(":0.5", "")), adapter(first), adapter(second), out);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.json().get("relative_difference").doubleValue() < 1e-5, run.out());
  }

  @Test
  void onlyDirectoriesOfModelsAreReplaced() throws IOException {
    var out = Files.createDirectory(folder.resolve("out"));
    var thesis = Files.writeString(out.resolve("thesis.txt"), "years of work");
    var line = "merge %s %s %s --threads 1 --overwrite";
    CommandLineRun.ofLine(line, LLAMA, adapter("lora-qv"), out)
        .expect(
            1,
            out
                + " is not the directory of a model or an adapter, and --overwrite would delete all of"
                + " it: choose another OUT");
    Files.writeString(out.resolve("config.json"), "{}");
    CommandLineRun.ofLine(line, LLAMA, adapter("lora-qv"), out)
        .expect(
            1,
            "%s has 'thesis.txt' in it, which is no file of a model, and --overwrite would delete it: move it, or choose another OUT"
                .formatted(out));
    assertEquals("years of work", Files.readString(thesis));
    Files.delete(thesis);
    for (int time = 0; time < 2; time++) { // the second time over what the first wrote
      var run = CommandLineRun.ofLine(line, LLAMA, adapter("lora-qv"), out);
      assertEquals(0, run.exit(), run.err());
    }
  }

  private CommandLineRun refused(Object model, Object adapter, Object out) {
    var run = CommandLineRun.ofLine("merge %s %s %s --threads 1", model, adapter, out);
    assertEquals(1, run.err().lines().count(), run.err());
    try (var files = Files.list(folder)) {
      assertEquals(
          0, files.filter(file -> file.getFileName().toString().contains("merge")).count());
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
    return run;
  }

  @Test
  void nothingThatIsReadIsReplaced() throws IOException {
    var own = Files.createDirectories(folder.resolve("all/adapter"));
    for (var file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(adapter("lora-qv").resolve(file), own.resolve(file));
    }
    for (var out : List.of(own, own.getParent())) {
      CommandLineRun.ofLine("merge %s %s %s --overwrite", LLAMA, own, out)
          .expect(
              2,
              "OUT, %s, would take the place of %s, which is read: choose another OUT"
                  .formatted(out, own));
    }
    CommandLineRun.ofLine("merge %s %s %s --overwrite", LLAMA, own, LLAMA)
        .expect(
            2,
            "OUT, %s, would take the place of %1$s, which is read: choose another OUT"
                .formatted(LLAMA));
    var directory = Files.createDirectory(folder.resolve("x.gguf"));
    CommandLineRun.ofLine("merge %s %s %s --overwrite", LLAMA, own, directory)
        .expect(
            2, "OUT, %s, is a directory, and a .gguf file is to be written".formatted(directory));
    assertTrue(Files.exists(own.resolve("adapter_model.safetensors")));
  }

  @Test
  void nothingIsWrittenOfWhatCannotBe() throws IOException {
    var out = folder.resolve("out");
    var run = refused(LLAMA, adapter("prompt"), out);
    assertTrue(run.err().contains("virtual tokens cannot become part of the weights"), run.err());
    assertFalse(Files.exists(out));
    run = refused(LLAMA, adapter("lora-gpt2"), folder.resolve("out.gguf"));
    assertTrue(run.err().contains("this llama model"), run.err());
    assertFalse(Files.exists(folder.resolve("out.gguf")));
    run =
        CommandLineRun.ofLine(
            "merge %s %s %s %s --type bf16",
            LLAMA, adapter("lora-all-rslora"), adapter("ia3"), out);
    assertEquals(1, run.exit());
    // In the weights IA3 scales what LoRA reads, too.
    assertTrue(run.err().contains("these changes are not what they are beside"), run.err());
    assertFalse(Files.exists(out));
    run = refused(LLAMA, adapter("seq-cls-llama"), out);
    assertTrue(run.err().contains("seq-cls-llama: has a classification head, and"), run.err());
    Files.createDirectory(out);
    run = refused(LLAMA, adapter("dora"), out);
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("already exists: replace it (--overwrite)"), run.err());
    var file = folder.resolve("base.gguf");
    CommandLineRun.ofLine("convert %s %s", LLAMA, file);
    refused(file, adapter("dora"), folder.resolve("other"))
        .expect(
            2,
            "%s is a GGUF file, and so is what comes of it: give OUT, %s, a name that ends in .gguf"
                .formatted(file, folder.resolve("other")));
    CommandLineRun.ofLine(
            "merge %s %s %s --type q4_0", LLAMA, adapter("dora"), folder.resolve("other"))
        .expect(
            2,
            "--type Q4_0 is of GGUF files: give OUT a name that ends in .gguf, or choose f32, f16 or bf16");
  }
}

package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdapterCommandTest {
  private static final Path LLAMA = CommandLineRun.golden("models/llama");
  private static final Path QV = adapter("lora-qv");

  @TempDir private Path folder;

  private static Path adapter(String name) {
    return CommandLineRun.golden("adapters/" + name);
  }

  private static JsonNode golden(String name) {
    return JsonMapper.shared().readTree(adapter(name).resolve("golden.json").toFile());
  }

  private static void assertGolden(String name, Object model, Object adapter) {
    var ids = new ArrayList<String>();
    golden(name).get("input_ids").forEach(id -> ids.add(id.asString()));
    var logits =
        CommandLineRun.ofLine(
                "predict %s --adapter %s --ids %s --all --json --threads 1",
                model, adapter, String.join(",", ids))
            .json()
            .at("/positions/0/logits");
    var expected = golden(name).get("last_logits");
    for (int id = 0; id < expected.size(); id++) {
      assertEquals(expected.get(id).doubleValue(), logits.get(id).doubleValue(), 1e-4);
    }
  }

  private static CommandLineRun wrong(int exit, String line, Object... values) {
    var run = CommandLineRun.ofLine("adapter " + line, values);
    assertEquals(exit, run.exit(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
    return run;
  }

  /// To GGUF and back, each used as it is.
  @ParameterizedTest
  @ValueSource(strings = {"lora-qv", "lora-all-rslora", "lora-gpt2", "lora-embedding"})
  void convertedAdaptersHaveTheLogitsOfPeft(String name) {
    var model = CommandLineRun.golden(golden(name).get("base").stringValue());
    var file = folder.resolve("adapter.gguf");
    var directory = folder.resolve("again");
    var run =
        CommandLineRun.ofLine(
            "adapter convert %s %s --model %s --threads 1", adapter(name), file, model);
    assertEquals(0, run.exit(), run.err());
    assertEquals(file + ": written\n", run.err());
    assertGolden(name, model, file);
    var back =
        CommandLineRun.ofLine(
                "adapter convert %s %s --model %s --json --threads 1", file, directory, model)
            .json();
    assertEquals("peft", back.get("format").stringValue());
    assertGolden(name, model, directory);
  }

  @Test
  void smallerTypesAreStored() throws IOException {
    var sizes = new ArrayList<Long>();
    for (var type : new String[] {"f32", "bf16", "q8_0"}) {
      var file = folder.resolve(type + ".gguf");
      var run =
          CommandLineRun.ofLine(
              "adapter convert %s %s --model %s --type %s --threads 1", QV, file, LLAMA, type);
      assertEquals(0, run.exit(), run.err());
      sizes.add(Files.size(file));
      var info = CommandLineRun.ofLine("adapter info %s --json", file).json();
      assertEquals(4, info.at("/ranks/0").intValue());
    }
    assertTrue(sizes.get(0) > sizes.get(1) && sizes.get(1) > sizes.get(2), sizes.toString());
  }

  @Test
  void infoTellsWhatIsThere() {
    var info =
        CommandLineRun.ofLine("adapter info %s --model %s --json --threads 1", QV, LLAMA).json();
    long trainable = golden("lora-qv").get("trainable_parameters").longValue();
    assertEquals(trainable, info.get("parameters").longValue());
    assertEquals("LORA", info.get("method").stringValue());
    assertEquals("peft", info.get("format").stringValue());
    assertEquals(8, info.get("alpha").doubleValue());
    assertEquals("models/llama", info.get("base_model").stringValue());
    assertEquals(2, info.get("targets").size());
    assertEquals(2, info.get("formats").size());
    var change = info.at("/changes/q_proj");
    assertEquals(info.at("/targets/q_proj").intValue(), change.get("modules").intValue());
    assertEquals(
        change.get("change").doubleValue() / change.get("weight").doubleValue(),
        change.get("share").doubleValue(),
        1e-12);
    var dora = CommandLineRun.ofLine("adapter info %s", adapter("dora"));
    assertEquals(0, dora.exit(), dora.err());
    assertTrue(dora.out().contains("LORA, DoRA"), dora.out());
    assertTrue(dora.out().contains("not gguf, which has no place for DoRA: merge it"), dora.out());
    var head = CommandLineRun.ofLine("adapter info %s", adapter("seq-cls-llama"));
    assertTrue(
        head.out()
            .contains(
                "not gguf, which has no place for a classification head: use it beside the model\n"),
        head.out());
    var mlx =
        CommandLineRun.ofLine("adapter info %s", CommandLineRun.golden("adapter-files/mlx-lora"));
    assertTrue(mlx.out().contains("(mlx-lm)\n"), mlx.out());
    assertTrue(mlx.out().contains("2, scale 3\n"), mlx.out());
  }

  /// Half of an adapter and half of the same is the whole, for `linear` a quarter, since roots are
  /// added; what svd keeps is told.
  @Test
  void adaptersAreCombined() {
    var out = folder.resolve("combined");
    for (var method : new String[] {"cat", "linear", "svd"}) {
      String part = QV + (method.equals("linear") ? ":0.25" : ":0.5");
      var run =
          CommandLineRun.ofLine(
              "adapter combine %s %s --out %s --model %s --method %s --overwrite --threads 1",
              part, part, out, LLAMA, method);
      assertEquals(0, run.exit(), run.err());
      assertEquals(
          method.equals("svd"),
          run.err().startsWith("kept: 100.00 % of the squared norm of the sum of the changes"),
          run.err());
      assertGolden("lora-qv", LLAMA, out);
    }
  }

  @Test
  void theDifferenceOfTwoModelsIsExtracted() {
    var merged = folder.resolve("merged");
    var out = folder.resolve("extracted");
    assertEquals(0, CommandLineRun.ofLine("merge %s %s %s --threads 1", LLAMA, QV, merged).exit());
    var run =
        CommandLineRun.ofLine("adapter extract %s %s %s --rank 4 --threads 1", LLAMA, merged, out);
    assertEquals(0, run.exit(), run.err());
    assertTrue(
        run.err().startsWith("kept: 100.00 % of the squared norm of the difference of"), run.err());
    assertGolden("lora-qv", LLAMA, out);
    var again = wrong(2, "extract %s %s %s --rank 4", LLAMA, merged, out);
    assertTrue(again.err().contains("already exists"), again.err());
    var same = wrong(1, "extract %s %s %s --rank 4", LLAMA, LLAMA, folder.resolve("none"));
    assertEquals("fader: there is nothing in the adapter: no module changes\n", same.err());
  }

  @Test
  void aMethodBecomesLora() {
    var file = folder.resolve("adapter.gguf");
    var refused = wrong(1, "convert %s %s --model %s", adapter("dora"), file, LLAMA);
    assertTrue(
        refused.err().contains("DoRA, which a GGUF adapter cannot say: merge"), refused.err());
    refused = wrong(1, "convert %s %s --model %s", adapter("seq-cls-llama"), file, LLAMA);
    assertTrue(refused.err().endsWith("cannot say: use it beside the model\n"), refused.err());
    var run =
        CommandLineRun.ofLine(
            "adapter convert %s %s --model %s --rank 64 --threads 1", adapter("dora"), file, LLAMA);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.err().startsWith("kept: 100.00 % of the squared norm of the change"), run.err());
    assertGolden("dora", LLAMA, file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "2|''|say what to do: adapter info, convert, combine or extract",
        "2|convert A O --to onnx|--to 'onnx' is not a format that is written: choose peft or gguf",
        "2|convert A O --type f16|--type f16 is of GGUF files: leave it out, or give --to gguf",
        "2|convert A O.gguf --type q4_0|--type 'q4_0': adapters are stored as f32, f16, bf16 or q8_0",
        "2|convert A O --rank 0|--rank is 0, and must be at least 1",
        "2|convert A A|is read and written: choose another OUT",
        "2|combine A --out O --method ties|--method 'ties' is not known: choose cat, linear or svd",
        "2|combine A --out O --rank 3|--rank is of --method svd, and it is cat: leave one out",
        "1|convert A O|the model that A names cannot be opened, name another (--model MODEL)",
        "1|info M|not an adapter"
      })
  void misuseIsOneLine(int exit, String given, String message) {
    var words = given.replace("''", "").split(" ");
    for (int i = 0; i < words.length; i++) {
      words[i] =
          switch (words[i]) {
            case "A" -> QV.toString();
            case "M" -> LLAMA.toString();
            case "O", "O.gguf" -> folder.resolve(words[i]).toString();
            default -> words[i];
          };
    }
    var run = wrong(exit, String.join(" ", words).strip());
    assertTrue(run.err().contains(message.replace(" A ", " " + QV + " ")), run.err());
  }
}

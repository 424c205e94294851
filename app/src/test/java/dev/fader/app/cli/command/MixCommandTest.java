package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class MixCommandTest {
  private static final Path LLAMA = CommandLineRun.golden("models/llama");

  @TempDir private Path folder;

  private static JsonNode logits(Path model, String... more) {
    var line = "predict %s --ids 5,6,7 --all --json --threads 1".formatted(model);
    return CommandLineRun.of((line + " " + String.join(" ", more)).strip().split(" "))
        .json()
        .at("/positions/0/logits");
  }

  private Path mix(String... edits) {
    var file = folder.resolve("mix.json");
    for (var edit : edits) {
      var run = CommandLineRun.of(("mix " + file + " " + edit).split(" "));
      assertEquals(0, run.exit(), run.err());
    }
    return file;
  }

  @Test
  void whatIsTurnedIsShownAndKept() throws IOException {
    var file = folder.resolve("mix.json");
    var run =
        CommandLineRun.of(
            "mix",
            file.toString(),
            "--gain",
            "layers.0.heads.1=0.5",
            "--gain",
            "layers.0 layers.2=-6dB",
            "--mute",
            "layers.1.attention",
            "--curve",
            "layers.*=0:0,2:-12",
            "--cell",
            "model.norm.weight[0][3]=1.5");
    assertEquals(0, run.exit(), run.err());
    assertEquals(
        """
        -6.0 dB (0.5000)         layers.0.heads.1
        -6.0 dB (0.5012)         layers.0 layers.2
        0:+0.0 2:-12.0           layers.*
        +0.0 dB (1.000)          layers.1.attention  muted
        = 1.5                    model.norm.weight[0][3]
        """,
        run.out());
    var again =
        CommandLineRun.of(
            "mix",
            file.toString(),
            "--unmute",
            "layers.1.attention",
            "--solo",
            "layers.0.heads.1",
            "--remove",
            "layers.0 layers.2",
            "--remove",
            "tensors.model.norm.weight[0][3]");
    assertEquals(
        """
        -6.0 dB (0.5000)         layers.0.heads.1  solo
        0:+0.0 2:-12.0           layers.*
        +0.0 dB (1.000)          layers.1.attention
        """,
        again.out());
    assertEquals(again.out(), CommandLineRun.ofLine("mix %s", file).out());
    assertTrue(Files.size(file) < 1000);
  }

  @Test
  void namesOfStrangersStayOnTheirLine() throws IOException {
    var file = folder.resolve("mix.json");
    Files.writeString(
        file,
        """
        {"format": "fader-mix", "version": 1,
         "faders": [{"name": "a\\n\\u202eb\\u001b[2J", "targets": ["layers.0"], "gain": 2}]}
        """);
    assertEquals(
        "+6.0 dB (2.000)          a\u00b7\u00b7b\u00b7[2J: layers.0\n",
        CommandLineRun.ofLine("mix %s", file).out());
  }

  /// The change that is shown is that between the predictions that `predict` makes. There, logits
  /// are subtracted from the largest in float32, which rounds by 1e-8 of the probability.
  @Test
  void theNextTokenIsThatOfPredict() {
    var file = mix("--gain layers.1.heads.*=0.25 --mute layers.2.feed-forward");
    var run =
        CommandLineRun.ofLine("mix %s %s --ids 5,6,7 --json --top 3 --threads 1", file, LLAMA)
            .json();
    var without = probabilities(logits(LLAMA));
    var with = probabilities(logits(LLAMA, "--mix", file.toString()));
    double bits = 0;
    for (int id = 0; id < without.length; id++) {
      bits += without[id] * Math.log(without[id] / with[id]) / Math.log(2);
    }
    assertEquals(bits, run.get("change_bits").doubleValue(), 1e-7);
    assertTrue(bits > 1e-3, bits + " bits");
    assertTrue(run.get("next").size() >= 3);
    for (var token : run.get("next")) {
      int id = token.get("id").intValue();
      assertEquals(without[id], token.get("without").doubleValue(), 1e-8);
      assertEquals(with[id], token.get("with").doubleValue(), 1e-8);
    }
  }

  private static double[] probabilities(JsonNode logits) {
    var probabilities = new double[logits.size()];
    double sum = 0;
    for (int id = 0; id < probabilities.length; id++) {
      probabilities[id] = Math.exp(logits.get(id).floatValue());
      sum += probabilities[id];
    }
    for (int id = 0; id < probabilities.length; id++) {
      probabilities[id] /= sum;
    }
    return probabilities;
  }

  @Test
  void nothingTurnedIsTheModelToTheBit() {
    var file = mix("--gain layers.*=1", "--mute layers.0.heads.0", "--unmute layers.0.heads.0");
    assertEquals(logits(LLAMA), logits(LLAMA, "--mix", file.toString()));
  }

  /// What is written, and what is measured; neither has times in it.
  @Test
  void othersTakeItToo() throws IOException {
    var file = mix("--mute layers.0-2.attention");
    var written = "generate %s --ids 5,6,7 --greedy --max-tokens 8 --threads 1";
    var plain = CommandLineRun.ofLine(written, LLAMA);
    var mixed = CommandLineRun.ofLine(written + " --mix %s", LLAMA, file);
    assertEquals(0, plain.exit(), plain.err());
    assertEquals(0, mixed.exit(), mixed.err());
    assertNotEquals(plain.out(), mixed.out());
    var ids = Files.writeString(folder.resolve("ids.jsonl"), "{\"ids\":[5,6,7,8,9,10]}\n");
    var measured = "evaluate %s --data %s --json --threads 1";
    assertNotEquals(
        CommandLineRun.ofLine(measured, LLAMA, ids).json().get("loss"),
        CommandLineRun.ofLine(measured + " --mix %s", LLAMA, ids, file).json().get("loss"));
  }

  /// In float32 the weights compute what the mix beside them does, up to the order of sums.
  @ParameterizedTest
  @ValueSource(strings = {"out", "out.gguf"})
  void whatIsExportedIsTheMixedModel(String name) {
    var file =
        mix(
            "--gain layers.1.heads.1=0.25 --mute layers.2.feed-forward --gain layers.0=-3dB",
            "--gain layers.1.neurons.3-9=2 --gain tensors.layers.0.*q_proj[2]=0"
                + " --cell lm_head.weight[5][3]=0.5");
    var out = folder.resolve(name);
    var run = CommandLineRun.ofLine("export %s %s %s --json --threads 1", LLAMA, file, out);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.json().get("relative_difference").doubleValue() < 1e-5, run.out());
    var expected = logits(LLAMA, "--mix", file.toString());
    var exported = logits(out);
    for (int id = 0; id < expected.size(); id++) {
      assertEquals(expected.get(id).doubleValue(), exported.get(id).doubleValue(), 1e-5);
    }
  }

  /// A head has the rank of its size, 16; what takes more is not written.
  @Test
  void whereALoraIsExactItIsOne() {
    var file =
        mix(
            "--gain layers.1.heads.1=0.25 --gain layers.0.neurons.3=2"
                + " --gain tensors.layers.2.*v_proj[2]=0 --cell model.norm.weight[0][3]=1.5");
    var out = folder.resolve("lora");
    var low = CommandLineRun.ofLine("export %s %s %s --rank 2 --threads 1", LLAMA, file, out);
    assertEquals(1, low.exit());
    assertTrue(
        low.err()
            .matches(
                "fader: the change of 'model\\.layers\\.1\\.self_attn\\.o_proj' has a rank of more than 2,"
                    + " which would keep \\d+\\.\\d{4} % of it: give a higher rank \\(that of a head is"
                    + " its size\\), or write a model\n"),
        low.err());
    assertFalse(Files.exists(out));
    var run = CommandLineRun.ofLine("export %s %s %s --rank 16 --threads 1", LLAMA, file, out);
    assertEquals(0, run.exit(), run.err());
    assertEquals(out + ": an adapter that changes 4 modules\n", run.err());
    var expected = logits(LLAMA, "--mix", file.toString());
    var adapted = logits(LLAMA, "--adapter", out.toString());
    for (int id = 0; id < expected.size(); id++) {
      assertEquals(expected.get(id).doubleValue(), adapted.get(id).doubleValue(), 1e-5);
    }
  }

  /// Rows of queries have another order in the file, which the adapter must not have.
  @Test
  void aLoraOfAGgufFileIsOneOfItsDirectory() {
    var base = folder.resolve("base.gguf");
    assertEquals(0, CommandLineRun.ofLine("convert %s %s", LLAMA, base).exit());
    var file =
        mix(
            "--gain layers.1.heads.1=0.25 --gain layers.0.neurons.3=2"
                + " --gain tensors.(layers|blk).2.*(q_proj|attn_q).weight[2]=0");
    var out = folder.resolve("lora");
    var run = CommandLineRun.ofLine("export %s %s %s --rank 16 --threads 1", base, file, out);
    assertEquals(0, run.exit(), run.err());
    var expected = logits(base, "--mix", file.toString());
    for (var model : List.of(base, LLAMA)) {
      var adapted = logits(model, "--adapter", out.toString());
      for (int id = 0; id < expected.size(); id++) {
        assertEquals(expected.get(id).doubleValue(), adapted.get(id).doubleValue(), 1e-5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora.gguf --rank 16", "lora --rank 16 --type f16"})
  void adaptersHaveTheirOwnForm(String out) {
    var file = mix("--gain layers.1.heads.1=0.25");
    CommandLineRun.ofLine("export %s %s " + out, LLAMA, file)
        .expect(
            2,
            "--rank writes the directory of an adapter, in float32: leave --type and .gguf out; fader adapter convert makes a GGUF file of it");
  }

  @Test
  void adaptersAreFaders() {
    var adapter = CommandLineRun.golden("adapters/lora-qv");
    var file = mix("--gain adapters.0=0.5");
    assertEquals(
        logits(LLAMA, "--adapter", adapter + ":0.5"),
        logits(LLAMA, "--adapter", adapter.toString(), "--mix", file.toString()));
    var muted = mix("--mute adapters.0");
    assertEquals(
        logits(LLAMA), logits(LLAMA, "--adapter", adapter.toString(), "--mix", muted.toString()));
  }

  @Test
  void whatIsWrongIsSaid() {
    var file = folder.resolve("mix.json");
    CommandLineRun.ofLine("mix %s", file)
        .expect(
            2,
            "%s: there is no such mix: turn something to make it, such as --gain layers.0.heads.0=0.5"
                .formatted(file));
    CommandLineRun.ofLine("mix %s --gain layers.0", file)
        .expect(2, "'layers.0' has no value: give TARGET=VALUE, such as layers.3.heads.5=0.5");
    CommandLineRun.ofLine("mix %s --gain layers.0=loud", file)
        .expect(
            2,
            "'loud' is no gain: give a number such as 0.5, where 1 changes nothing and 0 mutes, or decibels such as -6dB");
    CommandLineRun.ofLine("mix %s --curve layers.0=3", file)
        .expect(2, "'3' is no curve: give layers and decibels, such as 0:0,15:-12");
    CommandLineRun.ofLine("mix %s --cell lm_head.weight[3]=1", file)
        .expect(
            2,
            "'lm_head.weight[3]' is no cell: give NAME[ROW][COLUMN]=VALUE, such as model.norm.weight[0][3]=1.5");
    CommandLineRun.ofLine("mix %s --remove layers.0", file)
        .expect(2, "'layers.0' is not in the mix: name it as the mix shows it");
    CommandLineRun.ofLine("mix %s %s --ids 5 --gain layers.7=2 --threads 1", file, LLAMA)
        .expect(1, "the mix turns layer 7, which is not there: this model has 0 to 2");
    assertFalse(Files.exists(file));
  }
}

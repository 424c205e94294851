package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `train --activation` with zeros, and `relufy`.
class SparsityCommandTest {
  private static final String TINY = "--context 16 --batch 2 --threads 1 --data %s --out %s ";

  @TempDir private Path folder;
  private Path text;
  private Path out;

  @BeforeEach
  void write() throws IOException {
    text = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    out = folder.resolve("out");
  }

  private CommandLineRun train(String more) {
    return CommandLineRun.ofLine("train --layers 2 --dim 16 --heads 2 " + TINY + more, text, out);
  }

  private static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  private static JsonNode lastLine(Path model) throws IOException {
    return JsonMapper.shared().readTree(Files.readAllLines(model.resolve("log.jsonl")).getLast());
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2 --activation relu2, activation_function, relu2",
    "qwen3 --activation drelu --sparsity-loss 1, hidden_act, drelu",
    "deepseek --activation relu, hidden_act, relu"
  })
  void trainsWithZeros(String options, String field, String name) throws IOException {
    var run = train("--steps 3 --arch " + options);
    assertEquals(0, run.exit(), run.err());
    assertEquals(name, json(out.resolve("config.json")).get(field).asString());
    assertTrue(run.err().contains(" % of the neurons, "), run.err());
    var last = lastLine(out);
    double share = last.get("val_zeros").doubleValue();
    assertEquals(name.equals("drelu") ? 0.75 : 0.5, share, 0.15);
    assertEquals(2, last.get("val_zeros_by_layer").size());
    var written = CommandLineRun.ofLine("generate %s --prompt a --max-tokens 3 --sparse", out);
    assertEquals(0, written.exit(), written.err());
  }

  @Test
  void lossForZerosMayChange() {
    assertEquals(0, train("--steps 2 --activation relu --sparsity-loss 1").exit());
    assertEquals("1", json(out.resolve("recipe.json")).get("sparsity-loss").asString());
    var resumed =
        CommandLineRun.ofLine("train --resume --out %s --steps 3 --sparsity-loss 0.5", out);
    assertEquals(0, resumed.exit(), resumed.err());
    assertEquals("0.5", json(out.resolve("recipe.json")).get("sparsity-loss").asString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--activation swish | --activation 'swish' is unknown: choose one of gelu, silu, relu, relu2, drelu",
        "--arch gpt2 --activation drelu | --activation drelu needs a gate, which arch gpt2 has not: choose --activation relu or relu2, or --arch llama",
        "--sparsity-loss 1 | --sparsity-loss needs an activation that makes zeros, and that of this model is silu: leave it out, or choose --activation relu, relu2 or drelu",
        "--arch llama --experts 2 --experts-per-token 1 --activation relu --sparsity-loss 1 | --sparsity-loss counts neurons of layers without experts, and all 2 layers have some: leave it out, or give arch qwen3 or deepseek --dense-layers",
        "--activation relu --sparsity-loss -1 | --sparsity-loss is -1.0, and must be a number of at least 0: try 1, or 0 for none",
      })
  void wrongCombinationsAreRefused(String options, String line) {
    train("--quiet --steps 3 " + options).expect(2, line);
  }

  private CommandLineRun relufy(Path turned, String more) {
    return CommandLineRun.ofLine("relufy " + TINY + more, text, turned);
  }

  @Test
  void turnsAModelAndTrainsItBack() throws IOException {
    train("--quiet --steps 3 --arch llama");
    double before = lastLine(out).get("val_loss").doubleValue();
    var turned = folder.resolve("turned");
    var run = relufy(turned, "--steps 6 --json " + out);
    assertEquals(0, run.exit(), run.err());
    var ended = run.json();
    // the same text in windows of the same length: only the order of sums may differ
    assertEquals(before, ended.get("loss_before").doubleValue(), 1e-5);
    assertEquals(2, ended.get("zeros_by_layer").size());
    assertEquals(6, ended.get("model_step").asInt());
    assertTrue(
        run.err().contains("before its activation changed, ")
            && run.err().contains(" % of the neurons are zero, by layer "),
        run.err());
    var recipe = json(turned.resolve("recipe.json"));
    assertEquals("3", recipe.get("sparsity-loss").asString());
    assertEquals("true", recipe.get("keep-last").asString());
    assertEquals("drelu", json(turned.resolve("config.json")).get("hidden_act").asString());
    var written = CommandLineRun.ofLine("generate %s --prompt a --max-tokens 3 --sparse", turned);
    assertEquals(0, written.exit(), written.err());
    var gguf = CommandLineRun.ofLine("convert %s %s", turned, folder.resolve("turned.gguf"));
    assertEquals(1, gguf.exit());
    assertTrue(gguf.err().contains("its activation is drelu"), gguf.err());
  }

  @Test
  void goesOnToTheBit() throws IOException {
    train("--quiet --steps 3 --arch qwen3");
    var whole = folder.resolve("whole");
    var parts = folder.resolve("parts");
    String settings = "--quiet --dropout 0 --lr 0.001 --schedule constant --warmup 0 ";
    String zeros = "--sparsity-loss 0 ";
    assertEquals(0, relufy(whole, settings + zeros + "--steps 6 " + out).exit());
    assertEquals(0, relufy(parts, settings + zeros + "--steps 4 " + out).exit());
    assertEquals(0, CommandLineRun.ofLine("train --resume --quiet --out %s", parts).exit());
    var resumed = CommandLineRun.ofLine("relufy --resume --out %s --steps 6 --json", parts);
    assertEquals(0, resumed.exit(), resumed.err());
    assertTrue(resumed.json().has("loss_before"), resumed.out());
    assertArrayEquals(
        Files.readAllBytes(whole.resolve("model.safetensors")),
        Files.readAllBytes(parts.resolve("model.safetensors")));
  }

  @Test
  void whatCannotBeTurnedIsRefused() {
    train("--quiet --steps 2 --arch gpt2");
    var turned = folder.resolve("turned");
    relufy(turned, "--steps 2 --quiet " + out)
        .expect(
            2,
            "the feed-forward networks of the family 'gpt2' have no gate, and dReLU is ReLU on a gate and on what it multiplies: begin with a model with SwiGLU or GeGLU");
    train("--quiet --steps 2 --overwrite --arch llama --activation drelu");
    relufy(turned, "--steps 2 --quiet " + out)
        .expect(
            2,
            "the activation drelu of this model makes zeros already: train it on, with a --sparsity-loss");
    train("--quiet --steps 2 --overwrite --arch llama --experts 2");
    relufy(turned, "--steps 2 --quiet " + out)
        .expect(
            2,
            "the model, of the family 'mixtral', has experts, whose neurons are not skipped one by one: begin with a dense one");
    relufy(turned, "--steps 2").expect(2, "MODEL is missing; see fader relufy --help");
    CommandLineRun.ofLine("relufy --resume --out %s --steps 4", out)
        .expect(
            2,
            "%1$s is no run of relufy: go on with it by fader train --resume --out %1$s"
                .formatted(out));
  }
}

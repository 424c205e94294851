package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.format.GgufFile;
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

/// `train --experts` and `upcycle`.
class ExpertCommandTest {
  private static final String TINY =
      "train --layers 2 --dim 16 --heads 2 --context 16 --batch 2 --threads 1 --data %s --out %s ";

  @TempDir private Path folder;
  private Path text;
  private Path out;

  @BeforeEach
  void write() throws IOException {
    text = CommandLineRun.text(folder.resolve("text.txt"), 3000);
    out = folder.resolve("out");
  }

  private CommandLineRun train(String more) {
    return CommandLineRun.ofLine(TINY + more, text, out);
  }

  private JsonNode config() {
    return JsonMapper.shared().readTree(out.resolve("config.json").toFile());
  }

  @ParameterizedTest
  @CsvSource({
    "--arch llama, mixtral, num_local_experts",
    "--arch qwen3 --dense-layers 1, qwen3_moe, num_experts",
    "--arch deepseek, deepseek_v3, n_routed_experts",
    "--arch deepseek --router softmax --shared-experts 2, deepseek_v2, n_routed_experts"
  })
  void trainsExperts(String options, String family, String field) throws IOException {
    var run = train("--experts 4 --steps 3 --eval-every 1 " + options);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.err().contains(" of them used for a token"), run.err());
    assertTrue(run.err().contains("  experts: the busiest has 1."), run.err());
    assertTrue(run.err().contains(" of 1.39, none unused"), run.err());
    assertEquals(family, config().get("model_type").asString());
    assertEquals(4, config().get(field).asInt());
    var lines = Files.readAllLines(out.resolve("log.jsonl"));
    var last = JsonMapper.shared().readTree(lines.getLast());
    int layers = options.contains("dense") ? 1 : 2;
    for (var prefix : new String[] {"", "val_"}) {
      assertEquals(layers, last.get(prefix + "expert_choices").size());
      assertTrue(last.get(prefix + "expert_load").doubleValue() >= 1);
      assertTrue(last.get(prefix + "router_entropy").doubleValue() <= Math.log(4));
      assertEquals(0, last.get(prefix + "unused_experts").asInt());
    }
    // a step of two rows of 16, each of which goes to two experts
    int choices = last.get("expert_choices").get(0).valueStream().mapToInt(JsonNode::asInt).sum();
    assertEquals(2 * 16 * 2, choices);
    var written = CommandLineRun.ofLine("generate %s --prompt a --max-tokens 3", out);
    assertEquals(0, written.exit(), written.err());
  }

  /// What llama.cpp asks of the architecture deepseek2, whether it means something or not.
  @Test
  void latentAttentionIsThatOfLlamaCpp() throws IOException {
    assertEquals(0, train("--quiet --experts 4 --steps 1 --arch deepseek").exit());
    var file = folder.resolve("model.gguf");
    var run = CommandLineRun.ofLine("convert %s %s", out, file);
    assertEquals(0, run.exit(), run.err());
    try (var gguf = GgufFile.open(file)) {
      var metadata = gguf.metadata();
      assertTrue(metadata.integer("deepseek2.attention.q_lora_rank").orElse(0) > 0);
      assertTrue(metadata.has("deepseek2.rope.scaling.yarn_log_multiplier"));
    }
  }

  @Test
  void plansSayWhatATokenUses() {
    var plan = train("--experts 4 --arch llama --steps 3 --dry-run --json").json();
    assertTrue(plan.get("active_parameters").asLong() < plan.get("parameters").asLong());
    var dense = train("--arch llama --steps 3 --dry-run --json").json();
    assertEquals(dense.get("active_parameters"), dense.get("parameters"));
    // experts of half the width, two for each token, and a router of 4 x 16 in each layer
    long routers = 2 * 4 * 16;
    assertEquals(
        dense.get("parameters").asLong() + routers, plan.get("active_parameters").asLong());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--experts-per-token 2 | --experts-per-token is for a model with --experts: say how many, or leave it out",
        "--router softmax | --router is for a model with --experts: say how many, or leave it out",
        "--balance none | --balance is for a model with --experts: leave it out",
        "--balance-loss 1 | --balance-loss is for a model with --experts: leave it out",
        "--experts 4 --arch gpt2 | --experts are not for arch gpt2: leave them out, or choose --arch llama, qwen3 or deepseek",
        "--experts 4 --experts-per-token 5 | --experts-per-token 5 are more than the 4 --experts: choose at most that",
        "--experts 4 --shared-experts 1 | --shared-experts 1 are not for arch qwen3: leave them out, or choose --arch deepseek",
        "--experts 4 --arch llama --dense-layers 1 | --dense-layers 1 are not for arch llama: leave them out, or choose --arch qwen3 or deepseek",
        "--experts 4 --dense-layers 2 | --dense-layers 2 leave none of 2 layers for experts: choose fewer",
        "--experts 4 --router sigmoid | --router sigmoid is not for arch qwen3: leave it out, or choose --arch deepseek",
        "--experts 4 --balance bias | --balance bias needs a bias in the router, which files of qwen3_moe have no place for: choose --balance loss, or --arch deepseek",
        "--experts 4 --balance-speed 1 | --balance-speed is of another --balance: leave it out",
        "--experts 4 --balance-loss -1 | --balance-loss is -1.0, and must be a number of at least 0: try 0.01",
        "--experts 4 --arch deepseek --kv-heads 1 | --kv-heads 1 differs from --heads 2, which arch deepseek cannot: leave it out, or choose --arch llama",
        "--experts 4 --arch deepseek --window 4 | --window 4 is not for arch deepseek: leave it out, or choose --arch llama",
        "--experts 4 --balance often | --balance 'often' is unknown: choose one of bias, loss, none",
      })
  void wrongCombinationsAreRefused(String options, String line) {
    train("--quiet --steps 3 " + options).expect(2, line);
  }

  @ParameterizedTest
  @CsvSource({"llama, mixtral", "qwen3, qwen3_moe"})
  void upcycledModelBeginsAsGoodAsTheDenseOne(String architecture, String family) {
    train("--quiet --steps 3 --arch " + architecture);
    var experts = folder.resolve("experts");
    var made = CommandLineRun.ofLine("upcycle %s --experts 4 %s --json", out, experts).json();
    assertEquals(family, made.get("family").asString());
    // two weights that add up to 1, and products of fewer rows, but for their rounding in two
    // layers
    assertTrue(made.get("relative_difference").doubleValue() < 1e-6, made.toString());
    var one =
        CommandLineRun.ofLine(
                "upcycle %s --experts 1 --experts-per-token 1 %s --json",
                out, folder.resolve("one"))
            .json();
    assertEquals(0, one.get("logit_difference").doubleValue());
    var more =
        CommandLineRun.ofLine(
            "train --threads 1 --init %s --data %s --out %s --steps 2 --batch 2 --context 16",
            experts, text, folder.resolve("more"));
    assertEquals(0, more.exit(), more.err());
    assertTrue(more.err().contains("experts: the busiest has"), more.err());
  }

  /// transformers wants a number of experts even where no layer has any.
  @Test
  void denseDeepSeekGoesOn() {
    assertEquals(0, train("--quiet --steps 1 --arch deepseek").exit());
    assertEquals(1, config().get("n_routed_experts").asInt());
    assertEquals(2, config().get("first_k_dense_replace").asInt());
    var more = CommandLineRun.ofLine("train --quiet --threads 1 --resume --out %s --steps 2", out);
    assertEquals(0, more.exit(), more.err());
  }

  @Test
  void onlyDenseModelsAreUpcycled() {
    train("--quiet --steps 1 --arch gpt2");
    CommandLineRun.ofLine("upcycle %s --experts 4 %s", out, folder.resolve("experts"))
        .expect(
            1,
            "no family of experts is known for the dense family 'gpt2': begin with a model of one of [llama, mistral, qwen3]");
    CommandLineRun.ofLine("upcycle %s --experts 4 %s", text, folder.resolve("experts"))
        .expect(1, text + ": is not a model directory: name one, or make one with fader convert");
  }
}

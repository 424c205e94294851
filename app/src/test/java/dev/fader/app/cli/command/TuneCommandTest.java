package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.format.TensorFile;
import dev.fader.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TuneCommandTest {
  private static final Path LLAMA = CommandLineRun.golden("models/llama");
  private static final Path ADAPTER = CommandLineRun.golden("adapter-training/lora-qv/start");

  @TempDir private Path folder;

  private static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  private static String ids(JsonNode array) {
    var ids = new ArrayList<String>();
    array.forEach(id -> ids.add(id.asString()));
    return String.join(",", ids);
  }

  private Path data(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  /// So many sequences of ids that repeat themselves.
  private Path sequences(int count) throws IOException {
    var random = new Random(3);
    var lines = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      int first = random.nextInt(300);
      lines.add(
          "{\"ids\":[%d,%d,%d,%d,%d,%d,%d]}"
              .formatted(first, first + 1, first + 2, first, first + 1, first + 2, first));
    }
    return data("sequences.jsonl", lines.toArray(String[]::new));
  }

  private CommandLineRun tune(String line, Object... values) {
    return CommandLineRun.ofLine("tune --threads 1 " + line, values);
  }

  /// Ten steps in float32 on two machines: what rounding does to a loss is far below 1e-3 after
  /// ten.
  @ParameterizedTest
  @ValueSource(strings = {"lora-qv", "dora-all", "ia3", "prompt"})
  void lossesMatchPeft(String name) throws IOException {
    var directory = CommandLineRun.golden("adapter-training").resolve(name);
    var golden = json(directory.resolve("training.json"));
    var lines = new ArrayList<String>();
    golden.get("batch").forEach(row -> lines.add("{\"ids\":[" + ids(row) + "]}"));
    var data = data("two.jsonl", lines.toArray(String[]::new));
    var out = folder.resolve("out");
    var log = folder.resolve("losses.jsonl");
    var run =
        tune(
            "%s --init-adapter %s --data %s --batch 2 --context 16 --steps 10 --lr 0.005"
                + " --schedule constant --warmup 0 --optimizer adamw --beta1 .9 --beta2 .95"
                + " --eps 1e-8 --weight-decay 0 --clip 1 --dropout 0 --out %s --log %s --quiet",
            CommandLineRun.golden(golden.get("model").stringValue()),
            directory.resolve("start"),
            data,
            out,
            log);
    assertEquals(0, run.exit(), run.err());
    assertEquals("", run.err());
    var logged = Files.readAllLines(log);
    assertEquals(10, logged.size());
    for (int step = 0; step < 10; step++) {
      var line = JsonMapper.shared().readTree(logged.get(step));
      assertEquals(step + 1, line.get("step").asInt());
      assertEquals(
          golden.get("losses").get(step).doubleValue(), line.get("loss").doubleValue(), 1e-3);
      for (var field : List.of("grad_norm", "lr", "tokens", "seconds")) {
        assertTrue(line.get(field).isNumber(), field);
      }
    }
    var config = json(out.resolve("adapter_config.json"));
    assertEquals(
        CommandLineRun.golden(golden.get("model").stringValue()).toString(),
        config.get("base_model_name_or_path").stringValue());
    assertTrue(Files.exists(out.resolve("adapter_model.safetensors")));
  }

  /// To one process that was started alone.
  @Test
  void whatRanksShareIsToldToOneProcess() throws IOException {
    var data = sequences(30);
    var line = "%s --init-adapter %s --data %s --out %s --steps 2 --dry-run ";
    var zero = tune(line + "--zero 1", LLAMA, ADAPTER, data, folder.resolve("out"));
    assertEquals(0, zero.exit(), zero.err());
    assertTrue(
        zero.err()
            .startsWith(
                "--zero 1 changes nothing in one process: leave it out, or start several by mpirun\n"),
        zero.err());
    var seldom = tune(line + "--sync-every 5", LLAMA, ADAPTER, data, folder.resolve("out"));
    assertEquals(0, seldom.exit(), seldom.err());
    assertTrue(
        seldom
            .err()
            .startsWith(
                "--sync-every 5 in one process talks to nobody, and still takes an outer step every 5 steps: leave it out, or start several by mpirun\n"),
        seldom.err());
    tune(line + "--zero 3", LLAMA, ADAPTER, data, folder.resolve("out"))
        .expect(
            2,
            "--zero 3 shares out gradients of a whole model, and tune shares out what the optimizer remembers: choose --zero 1");
    var none = tune(line + "--zero 0 --sync-every 1", LLAMA, ADAPTER, data, folder.resolve("out"));
    assertTrue(none.err().startsWith("data: "), none.err());
  }

  /// A run that seldom talks goes on as it was begun.
  @Test
  void ranksTalkAsOftenAsBefore() throws IOException {
    var out = folder.resolve("seldom");
    var line = "%s --init-adapter %s --data %s --batch 2 --steps 2 --sync-every 2 --out %s --quiet";
    assertEquals(0, tune(line, LLAMA, ADAPTER, sequences(30), out).exit());
    assertEquals("2", json(out.resolve("recipe.json")).get("sync-every").asString());
    assertTrue(Files.exists(out.resolve("checkpoints/step-00000002/trainer/outer.safetensors")));
    var together = tune("--resume --out %s --steps 4 --zero 1", out);
    assertEquals(2, together.exit());
    assertTrue(
        together
            .err()
            .contains(
                "--zero 1 shares what --sync-every 2 lets each rank have for itself: leave one out"),
        together.err());
    var resumed = tune("--resume --out %s --steps 4 --quiet", out);
    assertEquals(0, resumed.exit(), resumed.err());
    assertTrue(Files.exists(out.resolve("checkpoints/step-00000004/trainer/outer.safetensors")));
  }

  @Test
  void aRunThatGoesOnEndsWithTheSameBits() throws IOException {
    var data = sequences(30);
    var whole = folder.resolve("whole");
    var parts = folder.resolve("parts");
    var line =
        "%s --init-adapter %s --data %s --batch 2 --accumulate 2 --steps 12 --eval-every 4"
            + " --checkpoint-every 3 --lr 0.01 --out %s --quiet";
    assertEquals(0, tune(line, LLAMA, ADAPTER, data, whole).exit());
    var first = tune(line, LLAMA, ADAPTER, data, parts);
    assertEquals(0, first.exit(), first.err());
    // As if it had been killed after its sixth step.
    var checkpoints = parts.resolve("checkpoints");
    try (var entries = Files.list(checkpoints)) {
      for (var entry : entries.toList()) {
        if (!entry.getFileName().toString().equals("step-00000009")) {
          delete(entry);
        }
      }
    }
    var second = tune("--resume --out %s", parts);
    assertEquals(0, second.exit(), second.err());
    assertTrue(second.err().contains("resuming after step 9"), second.err());
    assertArrayEquals(
        Files.readAllBytes(whole.resolve("checkpoints/step-00000012/adapter_model.safetensors")),
        Files.readAllBytes(parts.resolve("checkpoints/step-00000012/adapter_model.safetensors")));
    var changed = tune("--resume --out %s --seed 2", parts);
    assertEquals(
        "fader: cannot resume from %s: --seed is 1 there and 2 now; give the same, or start a new run with another --out\n"
            .formatted(parts),
        changed.err());
  }

  private static void delete(Path tree) throws IOException {
    try (var all = Files.walk(tree)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /// What learns of the model itself goes on with the same bits, whatever the model is stored as.
  @ParameterizedTest
  @CsvSource({
    "models/llama, layers.(1|2), norm, model-00002-of-00002.safetensors",
    "models/gpt2, all, c_fc, model-00002-of-00002.safetensors",
    "gguf/wide256-q4_0.gguf, layers.1.self_attn, q_proj, model-00002-of-00002.safetensors"
  })
  void aModelThatLearnsItselfIsAModel(String name, String train, String freeze, String weights)
      throws IOException {
    var model = CommandLineRun.golden(name);
    var data = sequences(12);
    var whole = folder.resolve("whole");
    var parts = folder.resolve("parts");
    var line = "%s --train %s --freeze %s --data %s --batch 2 --lr 1e-3 --out %s --quiet";
    var length = " --steps 4 --checkpoint-every 2 --val-fraction 0";
    var first = tune(line + length, model, train, freeze, data, whole);
    assertEquals(0, first.exit(), first.err());
    assertEquals(0, tune(line + length, model, train, freeze, data, parts).exit());
    delete(parts.resolve("checkpoints/step-00000004"));
    var resumed = tune("--resume --out %s", parts);
    assertEquals(0, resumed.exit(), resumed.err());
    assertTrue(resumed.err().contains("the model in %s is".formatted(parts)), resumed.err());
    for (var file : List.of(weights, "config.json")) {
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(parts.resolve(file)), file);
    }
    var before = CommandLineRun.ofLine("predict %s --ids 5,6,7", model);
    var after = CommandLineRun.ofLine("predict %s --ids 5,6,7", whole);
    assertEquals(0, after.exit(), after.err());
    assertNotEquals(before.out(), after.out());
    var replaced = tune("%s --data %s --steps 1 --overwrite --out %s --quiet", model, data, whole);
    assertEquals(0, replaced.exit(), replaced.err());
    assertTrue(Files.notExists(whole.resolve("model.safetensors.index.json")));
    assertTrue(Files.notExists(whole.resolve(weights)));
  }

  @Test
  void aModelThatLearnsItselfKeepsTheTemplate() throws IOException {
    var template = data("template.jinja", "{{ messages[0].content }}");
    var out = folder.resolve("out");
    var run =
        tune(
            "%s --train norm --data %s --chat-template %s --steps 1 --out %s --quiet",
            LLAMA, sequences(3), template, out);
    assertEquals(0, run.exit(), run.err());
    assertEquals(Files.readString(template), Files.readString(out.resolve("chat_template.jinja")));
  }

  @Test
  void whatCannotLearnItselfIsRefused() throws IOException {
    var data = sequences(3);
    var out = folder.resolve("out");
    assertEquals(
        "fader: 'layres.1' matches no parameter of this llama model of 3 layers, counted from 0; the nearest are layers, and one is called model.layers.1.post_attention_layernorm.weight\n",
        tune("%s --train layres.1 --data %s --out %s", LLAMA, data, out).err());
    assertEquals(
        "fader: --rank is for an adapter, and with --train or --freeze the model learns itself: leave one of them out\n",
        tune("%s --train layers.1 --rank 4 --data %s --out %s", LLAMA, data, out).err());
    assertEquals(
        "fader: '(' is no regular expression that is understood: lacks a ')'\n",
        tune("%s --train ( --data %s --out %s", LLAMA, data, out).err());
    assertEquals(
        "fader: --out %s is the model that is tuned: choose another directory\n".formatted(LLAMA),
        tune("%s --train all --data %s --out %s --overwrite", LLAMA, data, LLAMA).err());
  }

  @Test
  void aPlanIsToldFirst() throws IOException {
    var run =
        tune(
            "%s --init-adapter %s --data %s --out %s --dry-run --json --explain",
            LLAMA, ADAPTER, sequences(40), folder.resolve("out"));
    var plan = run.json();
    assertEquals("continuation", plan.get("task").stringValue());
    assertEquals(36, plan.get("examples").asInt());
    assertEquals(4, plan.get("held_out").asInt());
    assertEquals(2688, plan.get("trainable").asInt());
    assertTrue(run.err().contains("task: the next token of texts and answers"), run.err());
    assertTrue(run.err().contains("4 are held out"), run.err());
    assertTrue(run.err().contains("  warmup "), run.err());
    assertTrue(run.err().contains("a tenth of about "), run.err());
    assertTrue(Files.notExists(folder.resolve("out")));
  }

  @Test
  void examplesAreShownWithWhatIsLearned() throws IOException {
    var data = data("ids.jsonl", "{\"ids\":[5,6,7]}", "{\"ids\":[8,9,10,11]}");
    var run = tune("%s --data %s --show 1", LLAMA, data);
    assertEquals(0, run.exit(), run.err());
    assertTrue(
        run.out().startsWith("-- %s:1: 3 tokens, 2 learned\n5 ⟦6 7⟧\n\ndata: ".formatted(data)),
        run.out());
    var words = run.out().replaceAll("\\s+", " ");
    assertTrue(
        words.contains("2 examples of 5 tokens, of which 5 are learned; nothing is held out"),
        words);
  }

  /// An adapter at its start changes nothing, whatever the method is; and what is written is read.
  @ParameterizedTest
  @CsvSource({
    "lora --rank 4, LORA",
    "lora --rslora --init gaussian --bias all, LORA",
    "adalora --rank 2, ADALORA",
    "p-tuning --virtual-tokens 3 --encoder-hidden 8, P_TUNING",
    "lora --invocation-ids 134 --layers 1 --val-fraction 0, LORA",
    "lora --init pissa --rank-pattern q_proj=8 --alpha-pattern up_proj=3, LORA",
    "dora --targets q_proj+v_proj, LORA",
    "ia3, IA3",
    "vera --layers 1-2, VERA",
    "prompt --virtual-tokens 3, PROMPT_TUNING",
    "prefix --virtual-tokens 3, PREFIX_TUNING",
    "norm, LN_TUNING",
    "bias, BEFT",
    "oft --rank 4, OFT",
    "loha --rank 2, LOHA",
    "lokr --rank 2 --exclude down_proj, LOKR",
    "tokens --token-ids 3-5+4, TRAINABLE_TOKENS"
  })
  void newAdaptersLearn(String method, String type) throws IOException {
    var data = sequences(24);
    var out = folder.resolve("out");
    var run =
        tune(
            "%s --method " + method.replace('+', ',') + " --data %s --out %s --steps 2 --quiet",
            LLAMA,
            data,
            out);
    assertEquals(0, run.exit(), run.err());
    var config = json(out.resolve("adapter_config.json"));
    assertEquals(type, config.get("peft_type").stringValue());
    assertEquals(LLAMA.toString(), config.get("base_model_name_or_path").stringValue());
    // peft takes layers only beside names
    assertTrue(
        !config.path("layers_to_transform").isArray() || config.get("target_modules").isArray());
    var again =
        tune(
            "%s --init-adapter %s --data %s --out %s --steps 1 --quiet",
            LLAMA, out, data, folder.resolve("again"));
    assertEquals(0, again.exit(), again.err());
  }

  /// Of the model itself only what is asked for, and beside each parameter of all experts a pair.
  @Test
  void experts() throws IOException {
    var mixtral = CommandLineRun.golden("families/mixtral");
    var data = data("ids.jsonl", "{\"ids\":[5,6,7,5,6,7]}", "{\"ids\":[8,9,8,9]}");
    var out = folder.resolve("out");
    var line = "%s --data %s --out %s --quiet --steps 2 --rank 2 ";
    var run =
        tune(line + "--targets q_proj --expert-targets gate_up_proj,down_proj", mixtral, data, out);
    assertEquals(0, run.exit(), run.err());
    assertEquals(
        "[\"mlp.experts.gate_up_proj\",\"mlp.experts.down_proj\"]",
        json(out.resolve("adapter_config.json")).get("target_parameters").toString());
    try (var file = TensorFile.open(out.resolve("adapter_model.safetensors"))) {
      var up = file.tensor("base_model.model.model.layers.1.mlp.experts.lora_B.weight");
      assertEquals(Shape.of(20, 2 * 5), up.shape()); // of five experts
      float largest = 0;
      for (float value : up.toArray()) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertTrue(largest > 0, "nothing was learned");
    }
    tune(line + "--overwrite --expert-targets w1", mixtral, data, out)
        .expect(2, "--expert-targets has 'w1', and experts have gate_up_proj and down_proj");
    tune(line + "--overwrite --method dora --expert-targets down_proj", mixtral, data, out)
        .expect(2, "--expert-targets says nothing to --method dora: leave it out");
    tune(line + "--overwrite --expert-targets down_proj", LLAMA, data, out)
        .expect(
            2, "--expert-targets names mlp.experts.down_proj, and this llama model has no experts");
  }

  @Test
  void whatSaysNothingIsTold() throws IOException {
    var data = sequences(3);
    var line = "%s --data %s --out " + folder.resolve("out") + " --dry-run ";
    var run = tune(line + "--rank 100 --layers 0", LLAMA, data);
    assertEquals(0, run.exit(), run.err());
    assertTrue(
        run.err()
            .contains(
                "rank 100 is above the smaller side of every matrix that it changes (at most 64, of 64 x 64): more than that learns nothing more\n"),
        run.err());
    run = tune(line + "--rank 64", LLAMA, data);
    assertTrue(!run.err().contains("smaller side"), run.err());
    run = tune(line + "--rank 1000000", LLAMA, data);
    assertTrue(
        run.err()
            .contains(
                "let less learn: choose a lower --rank, fewer --targets, or fewer parameters\n"),
        run.err());
    var pairs = data("pairs.jsonl", "{\"chosen\":[5,6],\"rejected\":[5,7]}");
    tune(line + "--preference ipo --label-smoothing 0.1", LLAMA, pairs)
        .expect(2, "--label-smoothing is of --preference sigmoid: leave one of them out");
    tune(line + "--layers 0 --targets regex:.*q_proj", LLAMA, data)
        .expect(
            2,
            "--layers says nothing beside a regular expression: put the layers into that of --targets, '.*q_proj'");
  }

  /// Rows that hold several examples are what steps are counted in.
  @Test
  void packedRowsArePlanned() throws IOException {
    var run =
        tune(
            "%s --data %s --packing --context 64 --out %s --dry-run --json",
            LLAMA, sequences(40), folder.resolve("out"));
    var plan = run.json();
    assertEquals(36, plan.get("examples").asInt());
    // 36 examples of 6 fill 4 rows of 64, of which a step takes 2: 50 times all of them
    assertEquals(2 * 216 / 4.0, plan.get("tokens_per_step").doubleValue());
    assertEquals(100, plan.get("steps").asInt());
    assertTrue(run.err().contains("training: 100 steps of 2 rows"), run.err());
  }

  @Test
  void labelsAreLearned() throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < 40; i++) {
      lines.add(
          "{\"ids\":[%d,7,9,%d],\"label\":\"%s\"}"
              .formatted(20 + i, i % 2 == 0 ? 5 : 6, i % 2 == 0 ? "even" : "odd"));
    }
    var data = data("labels.jsonl", lines.toArray(String[]::new));
    var out = folder.resolve("out");
    var run = tune("%s --data %s --out %s --lr 5e-3 --class-weights balanced", LLAMA, data, out);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.err().contains("labels: even 20, odd 20"), run.err());
    assertTrue(run.err().contains("accuracy 1.000"), run.err());
    assertEquals("odd", json(out.resolve("labels.json")).get("id2label").get("1").stringValue());
    var found =
        CommandLineRun.ofLine(
                "classify %s --adapter %s --ids 99,7,9,6 --json --threads 1", LLAMA, out)
            .json();
    assertEquals("odd", found.get("label").stringValue());
    assertTrue(found.get("probabilities").get("odd").doubleValue() > 0.9, found.toString());
    var other =
        data("other.jsonl", "{\"ids\":[5],\"label\":\"prime\"}", "{\"ids\":[6],\"label\":\"odd\"}");
    var refused =
        tune("%s --init-adapter %s --data %s --out %s", LLAMA, out, other, folder.resolve("more"));
    assertEquals(
        "fader: %s:1: the label 'prime' is none of those that are learned: even, odd\n"
            .formatted(other),
        refused.err());
  }

  @Test
  void theAdapterThatItBeginsWithIsNotOverwritten() throws IOException {
    tune(
            "%s --init-adapter %s --data %s --out %s --overwrite",
            LLAMA, ADAPTER, sequences(3), ADAPTER)
        .expect(
            2,
            "--out %s is the adapter that it begins with: choose another directory"
                .formatted(ADAPTER));
  }

  @Test
  void whatNoRunHasWrittenIsNotOverwritten() throws IOException {
    var out = Files.createDirectory(folder.resolve("out"));
    var weights = out.resolve("model.safetensors");
    Files.copy(LLAMA.resolve("model.safetensors"), weights);
    tune("%s --data %s --out %s --overwrite", LLAMA, sequences(3), out)
        .expect(
            2,
            "%s has model.safetensors, which no run here has written, and --overwrite would delete it: choose another --out"
                .formatted(out));
    assertEquals(-1, Files.mismatch(weights, LLAMA.resolve("model.safetensors")));
  }

  @Test
  void severalLabelsAreLearned() throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < 24; i++) {
      lines.add(
          "{\"ids\":[%d,%d],\"labels\":[%s]}"
              .formatted(20 + i, 5 + i % 3, List.of("", "\"a\"", "\"a\",\"b\"").get(i % 3)));
    }
    var data = data("several.jsonl", lines.toArray(String[]::new));
    var out = folder.resolve("out");
    var run = tune("%s --data %s --out %s --lr 1e-2 --steps 40", LLAMA, data, out);
    assertEquals(0, run.exit(), run.err());
    var found =
        CommandLineRun.ofLine("classify %s --adapter %s --ids 9,7 --json --threads 1", LLAMA, out)
            .json();
    assertTrue(found.get("probabilities").get("b").doubleValue() > 0.5, found.toString());
    var one = data("one.jsonl", "{\"ids\":[5],\"label\":0}", "{\"ids\":[6],\"label\":[0,1]}");
    tune(
            "%s --init-adapter %s --data %s --out %s",
            LLAMA, CommandLineRun.golden("adapters/seq-cls-llama"), one, folder.resolve("more"))
        .expect(1, one + ":2: 2 labels, and the others have one each; give it one");
  }

  @Test
  void aTargetThatMatchesNothingIsRefusedWithTheNearest() throws IOException {
    var run =
        tune("%s --data %s --out %s --targets q_prj", LLAMA, sequences(3), folder.resolve("out"));
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("q_prj"), run.err());
    assertTrue(run.err().contains("q_proj"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  static Stream<Arguments> misuses() {
    return Stream.of(
        Arguments.of("--data D --out O", "MODEL is missing; see fader tune --help"),
        Arguments.of(
            "M --out O", "--data is missing: name a .jsonl, .json or .csv, or a folder of them"),
        Arguments.of("M --data D", "--out is missing; see fader tune --help"),
        Arguments.of(
            "M --data D --out O --init-adapter A --rank 4",
            "--rank is for a new adapter, and --init-adapter A goes on with one: leave one of them out"),
        Arguments.of(
            "M --data D --out O --init-adapter A --dropout 0.1",
            "--dropout is 0.1, and that of --init-adapter A is 0.0: leave it out"),
        Arguments.of(
            "M --data D --out O --init-adapter A --context 200",
            "--context is 200, and must be from 1 to the 128 that the model has room for"),
        Arguments.of(
            "M --data D --out O --init-adapter A --pooling mean",
            "--pooling says nothing here, where texts and answers are learned: leave it out"),
        Arguments.of(
            "M --data D --out O --init-adapter A --steps 3 --epochs 2",
            "--steps and --epochs both say how long to train: choose one of them"),
        Arguments.of(
            "M --data D --out O --init-adapter A --val-fraction 0.9",
            "--val-fraction is 0.9, and must be from 0 to 0.5"),
        Arguments.of(
            "M --data D --out O --method lorra",
            "--method 'lorra' is unknown: choose one of lora, dora, adalora, ia3, vera, prompt, p_tuning, prefix, norm, bias, oft, loha, lokr, tokens"),
        Arguments.of(
            "M --data D --out O --method dora --invocation-ids 3",
            "--invocation-ids says nothing to --method dora: leave it out"),
        Arguments.of(
            "M --data D --out O --invocation-ids 3 --init olora",
            "`alora_invocation_tokens` is for plain LoRA of projections: leave out `use_dora`, `lora_bias`, `trainable_token_indices`, `target_parameters`, and what begins as a part of the weight"),
        Arguments.of(
            "M --data D --out O --invocation-ids 5,99999",
            "--invocation-ids has 99999, and the model's vocabulary has 384: give ids from 0 to 383"),
        Arguments.of(
            "M --data D --out O --invocation-ids 6,5",
            "none of the 1 examples has the invocation of the ids [6, 5] before what is learned, so that nothing would learn: --show 1 shows how they read"),
        Arguments.of(
            "M --data D --out O --method adalora",
            "--method adalora takes ranks away by a plan of steps: say how many the run has with --steps"),
        Arguments.of(
            "M --data D --out O --init pisa",
            "--init 'pisa' is unknown: choose one of usual, gaussian, orthogonal, pissa, pissa_niter_N, olora, loftq"),
        Arguments.of(
            "M --data D --out O --init eva",
            "--init eva needs a pass over data before it begins, which is not done here: begin with pissa or olora, or make the adapter with peft and go on with --init-adapter"),
        Arguments.of(
            "M --data D --out O --init loftq",
            "--init loftq begins with what MODEL lost when it was quantised: name the model before that with --original"),
        Arguments.of(
            "M --data D --out O --original M",
            "--original is for --init loftq: leave it out, or ask for that"),
        Arguments.of(
            "M --data D --out O --rank-pattern q_proj",
            "--rank-pattern has 'q_proj': write a pattern and a positive number, each pattern once, as in q_proj=8,down_proj=32"),
        Arguments.of(
            "M --data D --out O --rank-pattern q_proj=2.5",
            "--rank-pattern has 2.5 for 'q_proj': a rank is a whole number from 1 to 1048576"),
        Arguments.of(
            "M --data D --out O --alpha-pattern q_prj=2",
            "the pattern 'q_prj' of a rank or alpha matches none of the targets; the nearest are q_proj, k_proj, v_proj"),
        Arguments.of(
            "M --data D --out O --method prompt --rank 4",
            "--rank says nothing to --method prompt: leave it out"),
        Arguments.of(
            "M --data P --out O --method prefix",
            "preferences are compared with those of the model without an adapter, which knows no virtual tokens: choose another --method than prompt or prefix"),
        Arguments.of(
            "M --data D --out O --method tokens --token-ids 3,384",
            "--token-ids has 384, and the model's vocabulary has 384: give ids from 0 to 383"),
        Arguments.of(
            "M --data D --out O --targets norm",
            "LORA cannot change 'model.norm', which is a norm: leave it out of --targets"),
        Arguments.of("M --data D --show 0", "--show is 0, and must be at least 1"),
        Arguments.of(
            "M --data D --out O --layers 3", "--layers has 3, and the model has 3, counted from 0"),
        Arguments.of(
            "M --data D --out O --layers x",
            "--layers 'x' is no list of numbers: write it like 4,5,6 or 4-6"));
  }

  @ParameterizedTest
  @MethodSource("misuses")
  void misuseIsOneLine(String line, String message) throws IOException {
    var data = data("ids.jsonl", "{\"ids\":[5,6,7]}");
    var pairs = data("pairs.jsonl", "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}");
    var out = folder.resolve("out");
    var words = new ArrayList<>(List.of("tune"));
    for (var word : line.split(" ")) {
      words.add(
          switch (word) {
            case "M" -> LLAMA.toString();
            case "D" -> data.toString();
            case "P" -> pairs.toString();
            case "O" -> out.toString();
            case "A" -> ADAPTER.toString();
            default -> word;
          });
    }
    CommandLineRun.of(words.toArray(String[]::new))
        .expect(2, message.replaceFirst("--init-adapter A ", "--init-adapter " + ADAPTER + " "));
    assertTrue(Files.notExists(out));
  }

  @Test
  void theHeadOfATiedModelIsNotSaved() throws IOException {
    var run =
        tune(
            "%s --data %s --out %s --save-modules lm_head",
            CommandLineRun.golden("models/gpt2"), sequences(3), folder.resolve("out"));
    run.expect(
        2,
        "--save-modules has 'lm_head', which shares its matrix with the other end of this model: leave it out, or learn rows of both with --token-ids");
  }

  @Test
  void thePlanSaysHowManyExamplesHaveTheInvocation() throws IOException {
    var data = data("two.jsonl", "{\"ids\":[5,6,7]}", "{\"ids\":[8,9,5]}");
    var run =
        tune(
            "%s --data %s --out %s --invocation-ids 5 --val-fraction 0 --dry-run",
            LLAMA, data, folder.resolve("out"));
    assertEquals(0, run.exit(), run.err());
    assertTrue(
        run.err()
            .contains(
                "the adapter learns from 1 of 2 examples: the others do not have its invocation of the ids [5] before what is learned\n"),
        run.err());
  }

  @Test
  void aVerdictIsToldWhereItChanges() throws IOException {
    var run =
        tune(
            "%s --data %s --out %s --steps 60 --eval-every 2 --batch 2",
            LLAMA, sequences(30), folder.resolve("out"));
    assertEquals(0, run.exit(), run.err());
    var kinds =
        run.err()
            .lines()
            .filter(line ->
                line.matches("  (learning|plateau|overfitting|worse|underfitting|unstable): .*"))
            .map(line -> line.substring(0, line.indexOf(':')))
            .toList();
    assertFalse(kinds.isEmpty(), run.err());
    for (int i = 1; i < kinds.size(); i++) {
      assertNotEquals(kinds.get(i - 1), kinds.get(i));
    }
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of("{\"ids\":[5,6,7]}\n{\"ids\":[5,", "D:2: broken JSON"),
        Arguments.of("{\"ids\":[5]}", "D:1: there is nothing to learn in this example"),
        Arguments.of("{\"ids\":[5,900]}", "D:1: "),
        Arguments.of("{\"a\":1}", "D:1: no example in a known format: it has \"a\""),
        Arguments.of("", "D: empty; there is nothing to learn from"),
        Arguments.of(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}",
            "D:1: a conversation, and the model has no chat template"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailureIsOneLine(String content, String beginning) throws IOException {
    var data = Files.writeString(folder.resolve("wrong.jsonl"), content);
    var out = folder.resolve("out");
    var run = tune("%s --init-adapter %s --data %s --out %s", LLAMA, ADAPTER, data, out);
    assertEquals(1, run.exit());
    assertTrue(
        run.err().startsWith("fader: " + beginning.replaceFirst("^D", data.toString())), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(Files.notExists(out));
  }

  @Test
  void anAdapterOfMlxLearnsOn() throws IOException {
    var out = folder.resolve("out");
    var run =
        tune(
            "%s --init-adapter %s --data %s --out %s --steps 1 --quiet",
            LLAMA, CommandLineRun.golden("adapter-files/mlx-lora"), sequences(3), out);
    assertEquals(0, run.exit(), run.err());
    assertTrue(Files.readString(out.resolve("adapter_config.json")).contains("\"LORA\""));
  }

  @Test
  void anAdapterForAnotherModelIsRefused() throws IOException {
    var run =
        tune(
            "%s --init-adapter %s --data %s --out %s",
            CommandLineRun.golden("models/qwen3"), ADAPTER, sequences(3), folder.resolve("out"));
    assertTrue(run.err().contains("is the adapter for another model?"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    var missing =
        tune(
            "%s --init-adapter %s --data %s --out %s",
            LLAMA, folder, sequences(3), folder.resolve("out"));
    assertEquals(
        "fader: %s: not an adapter, it has no adapter_config.json: name a directory that tune, peft or mlx-lm wrote, or a GGUF file of an adapter\n"
            .formatted(folder),
        missing.err());
  }

  /// Side by side in one row of the context, examples are learned as if each stood alone: the first
  /// loss is that of the same examples one by one.
  @Test
  void packedExamplesLoseWhatTheyLoseAlone() throws IOException {
    var data = sequences(8);
    var losses = new ArrayList<Double>();
    for (var how : List.of("--batch 8 --context 6", "--batch 1 --context 48 --packing")) {
      var log = folder.resolve("log" + losses.size());
      var run =
          tune(
              "%s --data %s --steps 1 --warmup 0 --dropout 0 --val-fraction 0 --quiet --log %s --out %s "
                  + how,
              LLAMA,
              data,
              log,
              folder.resolve("packed" + losses.size()));
      assertEquals(0, run.exit(), run.err());
      losses.add(
          JsonMapper.shared()
              .readTree(Files.readAllLines(log).getFirst())
              .get("loss")
              .doubleValue());
    }
    assertEquals(losses.get(0), losses.get(1), 1e-5); // float32 in another order of rows
  }
}

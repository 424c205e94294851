package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.model.file.ChatTemplates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `--adapter` of the commands that run a model, against the logits of peft 0.21.
class AdapterOptionTest {
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

  private static JsonNode predict(Path model, String ids, Object adapter) {
    return CommandLineRun.ofLine(
            "predict %s --ids %s --all --json --threads 1 --adapter %s", model, ids, adapter)
        .json()
        .get("positions")
        .get(0);
  }

  private static void assertLogits(String name, JsonNode prediction) {
    var expected = golden(name).get("last_logits");
    assertEquals(23, prediction.get("position").asInt());
    for (int id = 0; id < expected.size(); id++) {
      assertEquals(
          expected.get(id).doubleValue(), prediction.get("logits").get(id).doubleValue(), 1e-4);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora-qv", "dora", "prompt", "p-tuning", "lora-gpt2", "lora-qwen2-bias"})
  void predictMatchesPeft(String name) {
    var model = CommandLineRun.golden(golden(name).get("base").stringValue());
    assertLogits(name, predict(model, ids(name), adapter(name)));
    assertLogits(name, predict(model, ids(name), adapter(name) + ":1"));
  }

  @Test
  void aPathMayHaveColons() throws IOException {
    var copy = Files.createDirectory(folder.resolve("a:0.5"));
    for (var file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(adapter("lora-qv").resolve(file), copy.resolve(file));
    }
    assertLogits("lora-qv", predict(LLAMA, ids("lora-qv"), copy));
    assertLogits("lora-qv", predict(LLAMA, ids("lora-qv"), copy + ":1.0"));
    assertNotEquals(
        predict(LLAMA, ids("lora-qv"), copy), predict(LLAMA, ids("lora-qv"), copy + ":0.5"));
  }

  @Test
  void adaptersAddUpAndScaleNothingIsTheModel() {
    var plain =
        CommandLineRun.ofLine("predict %s --ids 5,6,7 --all --json --threads 1", LLAMA).out();
    var none =
        CommandLineRun.ofLine(
                "predict %s --ids 5,6,7 --all --json --threads 1 --adapter %s --adapter %s",
                LLAMA, adapter("lora-qv") + ":0", adapter("lora-layers") + ":0")
            .out();
    assertEquals(plain, none);
    var both =
        CommandLineRun.ofLine(
                "predict %s --ids 5,6,7 --all --json --threads 1 --adapter %s --adapter %s",
                LLAMA, adapter("lora-qv"), adapter("lora-qv") + ":-1")
            .json();
    var expected = JsonMapper.shared().readTree(plain).at("/positions/0/logits");
    for (int id = 0; id < expected.size(); id++) {
      assertEquals(
          expected.get(id).doubleValue(),
          both.at("/positions/0/logits").get(id).doubleValue(),
          1e-5); // a sum and its opposite, each rounded
    }
  }

  @Test
  void theOtherCommandsTakeThemToo() throws IOException {
    for (String name : List.of("prompt", "lora-qv")) {
      var written =
          CommandLineRun.ofLine(
                  "generate %s --ids %s --greedy --max-tokens 8 --json --threads 1 --adapter %s",
                  LLAMA, ids(name), adapter(name))
              .json();
      assertEquals(24, written.get("prompt_tokens").asInt());
      assertEquals(8, written.get("ids").size());
      int best = 0;
      var logits = golden(name).get("last_logits");
      for (int id = 0; id < logits.size(); id++) {
        best = logits.get(id).doubleValue() > logits.get(best).doubleValue() ? id : best;
      }
      assertEquals(best, written.get("ids").get(0).asInt());
      var embedded =
          CommandLineRun.ofLine(
              "embed %s --ids 5,6,7 --json --threads 1 --adapter %s", LLAMA, adapter(name));
      assertEquals(3, embedded.json().at("/embeddings/0/tokens").asInt());
      var measured =
          CommandLineRun.ofLine(
              "bench %s --prompt 8 --generate 2 --repeat 1 --warm-up 0.1 --json --threads 1 --adapter %s",
              LLAMA, adapter(name));
      assertEquals(0, measured.exit(), measured.err());
      assertPerplexity(name);
    }
  }

  /// The mean loss of one sequence, by `evaluate` and from what `predict` says of each token.
  private void assertPerplexity(String name) throws IOException {
    var data = Files.writeString(folder.resolve(name), "{\"ids\":[" + ids(name) + "]}\n");
    var file = Files.move(data, folder.resolve(name + ".jsonl"));
    var evaluated =
        CommandLineRun.ofLine(
                "evaluate %s --data %s --json --threads 1 --adapter %s", LLAMA, file, adapter(name))
            .json();
    var predictions =
        CommandLineRun.ofLine(
                "predict %s --ids %s --positions %s --all --json --threads 1 --adapter %s",
                LLAMA,
                ids(name),
                "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22",
                adapter(name))
            .json()
            .get("positions");
    double sum = 0;
    for (int i = 0; i < 23; i++) {
      var logits = predictions.get(i).get("logits");
      double exponentials = 0;
      for (var logit : logits) {
        exponentials += Math.exp(logit.doubleValue());
      }
      int next = golden(name).get("input_ids").get(i + 1).intValue();
      sum += Math.log(exponentials) - logits.get(next).doubleValue();
    }
    assertEquals(23, evaluated.get("tokens").asInt());
    assertEquals(sum / 23, evaluated.get("loss").doubleValue(), 1e-5);
  }

  private static String wrong(int exit, Object adapter) {
    var run = CommandLineRun.ofLine("predict %s --ids 5 --threads 1 --adapter %s", LLAMA, adapter);
    assertEquals(exit, run.exit(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
    return run.err();
  }

  @Test
  void wrongAdaptersAreNamedInOneLine() {
    assertEquals(
        "fader: "
            + folder.resolve("nowhere")
            + ": there is no adapter: name a directory that tune, peft or mlx-lm wrote, or a GGUF"
            + " file of an adapter\n",
        wrong(1, folder.resolve("nowhere")));
    assertTrue(wrong(1, folder.resolve("nowhere") + ":0.5").contains("nowhere: there is no"));
    assertTrue(wrong(1, folder).contains("not an adapter, it has no adapter_config.json"));
    assertTrue(wrong(1, adapter("lora-gpt2")).contains("this llama model"));
    assertEquals(
        "fader: --adapter %s:much: the scale 'much' is not a finite number: give one such as 0.5, or %s alone\n"
            .formatted(adapter("lora-qv"), adapter("lora-qv")),
        wrong(2, adapter("lora-qv") + ":much"));
    assertTrue(wrong(2, adapter("lora-qv") + ":NaN").contains("'NaN' is not a finite number"));
    assertTrue(
        wrong(1, adapter("prompt") + ":0.5")
            .contains("adapters/prompt: a scale of 0.5 for virtual tokens"));
    var random =
        CommandLineRun.ofLine("bench --shape layers=1,dim=16,vocab=50 --adapter %s", folder);
    random.expect(2, "--adapter and --mix belong to a MODEL: leave them out, or --shape");
  }

  /// A golden model that reads text and chats.
  private Path talking() throws IOException {
    var model = Files.createDirectories(folder.resolve("talking"));
    for (var file : List.of("config.json", "model.safetensors")) {
      Files.copy(LLAMA.resolve(file), model.resolve(file));
    }
    for (var file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(CommandLineRun.golden("evaluation/begun").resolve(file), model.resolve(file));
    }
    Files.writeString(
        model.resolve("chat_template.jinja"),
        "{% for message in messages %}{{ message.content }}{% endfor %}");
    return model;
  }

  @Test
  void aChatHearsTheAdapter() throws IOException {
    var model = folder.resolve("bytes");
    var data = CommandLineRun.text(folder.resolve("data.txt"), 4000);
    assertEquals(0, CommandLineRun.trainBytes(data, model, 64).exit());
    Files.writeString(
        model.resolve("chat_template.jinja"),
        "{% for message in messages %}{{ message.content }}{% endfor %}");
    var examples =
        Files.writeString(folder.resolve("texts.jsonl"), "{\"text\":\"hello zzzzzzzz\"}\n");
    var out = folder.resolve("zzz");
    var tuned =
        CommandLineRun.ofLine(
            "tune %s --data %s --out %s --steps 5 --lr 0.5 --threads 1 --quiet",
            model, examples, out);
    assertEquals(0, tuned.exit(), tuned.err());
    var line = "run %s %s --temp 0 --max-tokens 6 --threads 1";
    var plain = CommandLineRun.ofLine(line, model, "hello z");
    assertEquals(0, plain.exit(), plain.err());
    var none = CommandLineRun.ofLine(line + " --adapter %s", model, "hello z", out + ":0");
    assertEquals(plain.out(), none.out());
    var adapted = CommandLineRun.ofLine(line + " --adapter %s", model, "hello z", out);
    assertEquals(0, adapted.exit(), adapted.err());
    assertNotEquals(plain.out(), adapted.out());
  }

  @Test
  void theTemplateThatAnAdapterWasTunedWithComesAlong() throws IOException {
    var model = talking();
    Files.delete(model.resolve("chat_template.jinja"));
    var template =
        Files.writeString(
            Files.createDirectory(folder.resolve("apart")).resolve("t.jinja"),
            "{% for m in messages %}{{ bos_token + m.role + m.content + eos_token }}{% endfor %}");
    var chats =
        Files.writeString(
            folder.resolve("chats.jsonl"),
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}\n");
    var first = folder.resolve("first");
    done("tune %s --data %s --chat-template %s --out %s --steps 1", model, chats, template, first);
    done("tune --resume --out %s --steps 2", first);
    var kept = first.resolve("checkpoints/step-00000002/chat_template.jinja");
    assertEquals(Files.readString(template), Files.readString(kept));
    assertEquals(
        Files.readString(template), Files.readString(first.resolve("chat_template.jinja")));
    var second = folder.resolve("second");
    done("tune %s --data %s --init-adapter %s --out %s --steps 1", model, chats, first, second);

    var adapters = "%s --adapter %s --adapter %s".formatted(model, second, adapter("lora-qv"));
    assertEquals(8, promptTokens(adapters)); // "<s>", "userHi" in bytes, "</s>"
    assertEquals(10, promptTokens(adapters + " --set eos_token=end"));
    assertEquals(8, promptTokens(model + " --chat-template " + template));
    done("evaluate %s --adapter %s --task %s", model, first, asked());
    assertMerged(model, first);
  }

  private Path asked() throws IOException {
    return Files.writeString(
        folder.resolve("asked.jsonl"),
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"choices\":[\"b\",\"c\"],\"answer\":0}\n");
  }

  /// Into a directory and a file of a directory, and a file of a file that has other templates.
  private void assertMerged(Path model, Path adapter) throws IOException {
    Files.writeString(model.resolve("chat_template.jinja"), "none");
    var more = Files.createDirectory(model.resolve("additional_chat_templates"));
    Files.writeString(more.resolve("rag.jinja"), "none");
    var file = folder.resolve("model.gguf");
    assertEquals(0, CommandLineRun.ofLine("convert %s %s", model, file).exit());
    var directory = folder.resolve("merged");
    var ofDirectory = folder.resolve("merged.gguf");
    var ofFile = folder.resolve("merged-file.gguf");
    done("merge %s %s %s", model, adapter, directory);
    done("merge %s %s %s", model, adapter, ofDirectory);
    done("merge %s %s %s", file, adapter, ofFile);
    var expected = Map.of("default", Files.readString(adapter.resolve("chat_template.jinja")));
    for (var merged : List.of(directory, ofDirectory, ofFile)) {
      assertEquals(expected, ChatTemplates.of(merged).byName());
    }
  }

  private static void done(String line, Object... values) {
    var run = CommandLineRun.ofLine(line + " --threads 1", values);
    assertEquals(0, run.exit(), run.err());
  }

  /// Of the question "Hi".
  private static int promptTokens(String model) {
    var run = CommandLineRun.ofLine("run %s Hi --max-tokens 1 --json --threads 1".formatted(model));
    assertEquals("", run.err());
    return run.json().get("prompt_tokens").asInt();
  }

  @Test
  void aTaskIsMeasuredWithTheAdapter() throws IOException {
    var model = talking();
    var items =
        Files.writeString(
            folder.resolve("items.jsonl"),
            "{\"prompt\":\"a b\",\"choices\":[\"c\",\"d\"],\"answer\":0}\n");
    var logs = new ArrayList<JsonNode>();
    for (var scale : List.of("", ":0", ":1")) {
      var log = folder.resolve("log" + logs.size());
      var adapter = scale.isEmpty() ? "" : " --adapter " + adapter("lora-qv") + scale;
      var run =
          CommandLineRun.ofLine(
              "evaluate %s --task %s --log %s --json --threads 1" + adapter, model, items, log);
      assertEquals(1, run.json().get("items").asInt());
      logs.add(JsonMapper.shared().readTree(Files.readString(log)).get("loglikelihoods"));
    }
    assertEquals(logs.get(0), logs.get(1));
    assertNotEquals(logs.get(0), logs.get(2));
  }
}

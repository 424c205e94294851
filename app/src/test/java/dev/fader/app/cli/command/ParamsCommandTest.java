package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ParamsCommandTest {
  private static JsonNode model(String... arguments) {
    var command = new String[arguments.length + 2];
    command[0] = "params";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    command[command.length - 1] = "--json";
    return CommandLineRun.of(command).json().required("models").get(0);
  }

  @Test
  void oneModelByComponent() {
    var model = model("gpt-2");
    assertEquals("gpt-2", model.required("name").stringValue());
    for (var total : new String[] {"trainable", "stored", "active"}) {
      assertEquals(124_439_808, model.required(total).longValue(), total);
    }
    long sum = 0;
    for (var component : model.required("components")) {
      sum += component.longValue();
    }
    assertEquals(124_439_808, sum);
    assertEquals(786_432, model.required("components").required("positions").longValue());
    assertEquals("published", model.required("status").stringValue());
  }

  @Test
  void tableWithShares() {
    var run = CommandLineRun.of("params", "llama-3-8b");
    assertEquals(
        """
        llama-3-8b
        component                          per layer               total    share
        token embedding                                      525,336,576   6.54 %
        attention query                   16,777,216         536,870,912   6.69 %
        attention key                      4,194,304         134,217,728   1.67 %
        attention value                    4,194,304         134,217,728   1.67 %
        attention output                  16,777,216         536,870,912   6.69 %
        feed-forward                     176,160,768       5,637,144,576  70.20 %
        norms                                  8,192             266,240   0.00 %
        head                                                 525,336,576   6.54 %
        trainable                                          8,030,261,248 each number once
        stored                                             8,030,261,248 what the file holds
        active                                             8,030,261,248 used for one token
        llama-3-8b: published, 2024-04-18, https://huggingface.co/meta-llama/Meta-Llama-3-8B/blob/main/config.json
        """,
        run.out());
    assertEquals(0, run.exit());
  }

  @Test
  void treeToDepth() {
    var run = CommandLineRun.of("params", "gpt-2", "--depth", "3");
    assertEquals(
        """
        124,439,808 100.00 %  gpt-2
        124,439,808 100.00 %    transformer
         38,597,376  31.02 %      wte
            786,432   0.63 %      wpe
         85,054,464  68.35 %      h
         85,054,464  68.35 %        0 to 11  12 times 7,087,872
              1,536   0.00 %      ln_f
        """
            .indent(8),
        run.out().lines().limit(7).map(line -> line + "\n").reduce("", String::concat));
  }

  @Test
  void severalModelsSideBySide() {
    var run = CommandLineRun.of("params", "gpt-2", "gpt-2-xl", "gemini-3");
    assertTrue(
        run.out().contains("trainable                        124,439,808       1,557,611,200\n"),
        run.out());
    assertTrue(run.out().contains("Gemini 3: 1.0 T to 7.0 T parameters, an estimate"), run.out());
  }

  @Test
  void trainableByMethod() {
    var model = model("llama-2-7b", "--trainable", "lora:r=8,targets=q_proj+v_proj");
    assertEquals(4_194_304, model.required("trainable").longValue());
    assertEquals(6_738_415_616L, model.required("base").longValue());
    var text = CommandLineRun.of("params", "llama-3-8b", "--trainable", "lora:r=8").out();
    assertTrue(
        text.contains(
            """
            base                                               8,030,261,248 each number once
            """),
        text);
    assertTrue(
        text.contains(
            """
            trainable                                              3,407,872 by lora:r=8, 0.0424 % of 8,033,669,120
            """),
        text);
    var both = CommandLineRun.of("params", "llama-3-8b", "gpt-2", "--trainable", "lora:r=8").out();
    assertTrue(
        both.contains("base                           8,030,261,248         124,439,808\n"), both);
    assertTrue(
        both.contains("trainable                          3,407,872             294,912\n"), both);
  }

  @Test
  void shapesByHand() {
    assertEquals(
        124_439_808, model("family=gpt2,layers=12,dim=768").required("trainable").longValue());
    assertEquals(
        8_030_261_248L,
        model("layers=32,dim=4096,heads=32,kv-heads=8,ffn=14336,vocab=128256")
            .required("trainable")
            .longValue());
    assertEquals(
        331_196_416,
        model("family=opt,layers=24,dim=1024,embedding-dim=512,do_layer_norm_before=false")
            .required("trainable")
            .longValue());
  }

  /// Nothing is taken silently, and who gives GPT-2's vocabulary means GPT-2.
  @Test
  void shapesByHandReportDefaults() {
    var gpt2 = CommandLineRun.of("params", "layers=12,dim=768,vocab=50257", "--json");
    assertEquals(
        124_439_808, gpt2.json().required("models").get(0).required("trainable").longValue());
    assertEquals(
        "layers=12,dim=768,vocab=50257: defaults taken: family=gpt2, heads=12, context=1024\n",
        gpt2.err());
    for (var other :
        List.of(
            "layers=12,dim=768,vocab=50257,kv-heads=4 llama",
            "layers=2,dim=128,vocab=32000 llama",
            "layers=2,dim=128,vocab=50257,experts=4 mixtral")) {
      var shapes = other.split(" ")[0];
      var family = other.split(" ")[1];
      var err = CommandLineRun.of("params", shapes).err();
      assertTrue(err.startsWith(shapes + ": defaults taken: family=" + family + ", "), err);
    }
  }

  @Test
  void catalogueList() {
    var run = CommandLineRun.of("params", "--list");
    assertTrue(
        run.out().lines().anyMatch(line -> line.startsWith("llama-3-8b         8,030,261,248")),
        run.out());
    assertTrue(run.out().contains("gpt-4              1,760,000,000,000      estimate"), run.out());
    var json = CommandLineRun.of("params", "--list", "--json").json();
    assertTrue(json.required("models").size() > 50);
  }

  @Test
  void wrongInputsAreOneLine(@TempDir Path folder) throws IOException {
    CommandLineRun.of("params").expect(2, "no model given: name one, or see fader params --list");
    CommandLineRun.of("params", "lama-3-8b")
        .expect(
            2,
            "no model is called 'lama-3-8b'; did you mean llama-3-8b, llama-33b? fader"
                + " params --list names all");
    var missing = folder.resolve("model.gguf");
    CommandLineRun.of("params", missing.toString())
        .expect(1, missing + ": no such file or directory");
    var text = Files.writeString(folder.resolve("notes.txt"), "notes");
    CommandLineRun.of("params", text.toString())
        .expect(
            1,
            text
                + ": is not a model: name a directory, a config.json, a .safetensors or a .gguf file");
    CommandLineRun.of("params", "gpt-4", "--trainable", "lora")
        .expect(
            2,
            "--trainable needs to know what gpt-4 is, and only its tensors or its size are known");
    CommandLineRun.of("params", "layers=12")
        .expect(
            2,
            "'layers=12': it needs dim=N, a whole number of at least 1; write it like"
                + " layers=12,dim=768,heads=12,vocab=50257");
    CommandLineRun.of("params", "layers=2,dim=128,head=4")
        .expect(
            2,
            "'layers=2,dim=128,head=4': a llama model has no 'head', did you mean heads?;"
                + " write it like layers=12,dim=768,heads=12,vocab=50257");
    CommandLineRun.of("params", "layers=2,dim=100,heads=3")
        .expect(1, "layers=2,dim=100,heads=3: hidden_size: is 100, which 3 heads do not divide");
    var deep = folder.resolve("config.json");
    Files.writeString(deep, "[".repeat(1000));
    CommandLineRun.of("params", deep.toString())
        .expect(
            1,
            deep + ": broken JSON: Document nesting depth (33) exceeds the maximum allowed (32)");
    CommandLineRun.of("params", "gpt-2", "--depth", "0")
        .expect(2, "--depth is 0, and must be at least 1");
  }

  @Test
  void whatAMethodTrainsIsToldByModule() {
    var run = CommandLineRun.of("params", "llama-3.2-1b", "--trainable", "lora:r=8,targets=q_proj");
    assertTrue(
        run.out().contains("524,288 by lora:r=8,targets=q_proj, 0.0424 % of 1,236,338,688\n"),
        run.out());
    assertTrue(
        run.out()
            .contains(
                "model.layers.*.self_attn.q_proj                   16         524,288 100.00 %\n"),
        run.out());
    var full =
        CommandLineRun.of(
            "params", "llama-3.2-1b", "--trainable", "full:train=layers.15,freeze=norm", "--json");
    var model = full.json().get("models").get(0);
    assertEquals(60_817_408, model.get("trainable").asInt());
    assertEquals(
        8_388_608 * 2, model.at("/trained_in/model.layers.*.mlp.up_proj/parameters").asInt());
    var adapter = CommandLineRun.golden("adapters/dora");
    var llama = CommandLineRun.golden("models/llama");
    var counted = CommandLineRun.ofLine("params %s --adapter %s --json", llama, adapter).json();
    assertEquals(3840, counted.get("models").get(0).get("trainable").asInt());
    CommandLineRun.ofLine("params %s --adapter %s --trainable ia3", llama, adapter)
        .expect(2, "--trainable and --adapter both say what is trained: choose one of them");
  }
}

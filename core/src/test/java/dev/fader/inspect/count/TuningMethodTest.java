package dev.fader.inspect.count;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.model.ModelConfig;
import dev.fader.model.family.HuggingFaceConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class TuningMethodTest {
  private static ModelConfig published(String name) throws IOException {
    return Catalogue.load().find(name).orElseThrow().model().orElseThrow();
  }

  private static long trainable(String method, ModelConfig config) {
    return TuningMethod.parse(method).trainable(config);
  }

  @Test
  void countsMatchIssue() throws IOException {
    assertEquals(4_194_304, trainable("lora:r=8,targets=q_proj+v_proj", published("llama-2-7b")));
    assertEquals(
        41_943_040,
        trainable(
            "lora:r=16,targets=q_proj+k_proj+v_proj+o_proj+gate_proj+up_proj+down_proj",
            published("llama-3-8b")));
    assertEquals(41_943_040, trainable("lora:rank=16,targets=all-linear", published("llama-3-8b")));
    // Of gpt-oss only attention is made of linear layers: 4,096 + 2 * 512 wide, and back to 2,880.
    assertEquals(
        24 * 8 * (2 * (2880 + 4096) + 2 * (2880 + 512)),
        trainable("lora:r=8,targets=all-linear", published("gpt-oss-20b")));
    assertEquals(
        286_720, trainable("ia3:targets=k_proj+v_proj+down_proj", published("llama-3.2-3b")));
    assertEquals(286_720, trainable("ia3", published("llama-3.2-3b")));
  }

  /// The golden adapters are peft's own, on the golden Llama.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora:r=%d,targets=q_proj+v_proj | 4 | 2688",
        "dora:r=%d,targets=q_proj+down_proj | 4 | 3840",
        "prompt:tokens=%d | 5 | 320",
        "vera:r=%d,targets=q_proj+v_proj | 16 | 384",
        "prefix:tokens=%d | 6 | 1152",
        "prefix:tokens=%d,hidden=10 | 6 | 2634"
      })
  void countsMatchPeft(String method, int number, long expected) throws IOException {
    var llama = HuggingFaceConfig.read(Path.of("src/test/resources/golden/models/llama"));
    assertEquals(expected, trainable(method.formatted(number), llama));
  }

  /// Every golden model with every method that peft takes for it (`peft_counts.py` made them). A
  /// target that names nothing is refused here, where peft is content with the others.
  @Test
  void familyCountsMatchPeft() throws IOException {
    var golden = Path.of("src/test/resources/golden");
    var counts = JsonMapper.shared().readTree(golden.resolve("peft-counts.json").toFile());
    int compared = 0;
    var differing = new ArrayList<String>();
    for (var model : counts.properties()) {
      var config = HuggingFaceConfig.read(golden.resolve(model.getKey()));
      for (var method : model.getValue().properties()) {
        var what = model.getKey() + " " + method.getKey();
        try {
          long counted = trainable(method.getKey(), config);
          compared++;
          if (counted != method.getValue().longValue()) {
            differing.add("%s: %d, not %s".formatted(what, counted, method.getValue()));
          }
        } catch (IllegalArgumentException refused) {
          assertTrue(refused.getMessage().startsWith("no matrix is called '"), what + refused);
        }
      }
    }
    assertEquals(List.of(), differing);
    assertTrue(compared > 300, () -> "few counts were compared");
  }

  @Test
  void expertGateWithoutUpIsRefused() throws IOException {
    var mixtral = HuggingFaceConfig.read(Path.of("src/test/resources/golden/families/mixtral"));
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> trainable("lora:targets=w1+w2", mixtral));
    assertEquals(
        "w1+w2 names only one of gate and up, which are one tensor in the experts of a mixtral"
            + " model: name both",
        refused.getMessage());
  }

  @Test
  void ia3ScalesInputsOfDownProjection() throws IOException {
    var llama = HuggingFaceConfig.read(Path.of("src/test/resources/golden/models/llama"));
    assertEquals(3 * (32 + 32 + 96), trainable("ia3", llama));
    assertEquals(3 * 96, trainable("ia3:targets=up_proj", llama), "its outputs");
  }

  @Test
  void transposedMatrixCountsTheSame() {
    var gpt2 = Configurations.gpt2();
    assertEquals(3 * 2 * (12 + 36), trainable("lora:r=2", gpt2));
    assertEquals(3 * (36 + 48), trainable("ia3", gpt2), "c_attn's outputs, c_proj's inputs");
    assertEquals(3 * 2 * (48 + 12), trainable("lora:r=2,targets=mlp.c_proj", gpt2));
    assertEquals(3 * 2 * (48 + 12 + 12 + 12), trainable("lora:r=2,targets=c_proj", gpt2));
  }

  @Test
  void normAndBiasTuningCounts() {
    var gpt2 = Configurations.gpt2();
    assertEquals((3 * 2 + 1) * 2 * 12, trainable("layernorm", gpt2));
    assertEquals(3 * (36 + 12 + 48 + 12 + 2 * 12) + 12, trainable("bias", gpt2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "loro | 'loro': no such method; known are lora, dora, adalora, ia3, vera, loha, lokr, oft,"
            + " prompt, prefix, layernorm, bias, tokens, full; write it like lora:r=8,targets=q_proj+v_proj",
        "lora:r=0 | 'lora:r=0': r is '0', and must be a whole number of at least 1; write it like"
            + " lora:r=8,targets=q_proj+v_proj",
        "lora:targets=+ | 'lora:targets=+': targets is '+', in which a name is empty; write it like"
            + " lora:r=8,targets=q_proj+v_proj",
        "lora:8 | 'lora:8': '8' is not NAME=VALUE; write it like lora:r=8,targets=q_proj+v_proj",
        "ia3:r=8 | 'ia3:r=8': ia3 has no setting 'r'; write it like lora:r=8,targets=q_proj+v_proj",
        "lora:targets=wq | no matrix is called 'wq' in a qwen3 model; there are embed_tokens, q_proj,"
            + " k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, lm_head, and all-linear",
        "bias | a qwen3 model has no biases to train: choose another method, such as lora"
      })
  void invalidMethodIsNamed(String method, String message) {
    var thrown =
        assertThrows(
            IllegalArgumentException.class, () -> trainable(method, Configurations.qwen3(2, 1)));
    assertEquals(message, thrown.getMessage());
  }

  /// What peft, its documentation and papers print (peft.md, 2.2), of shapes alone.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama-3.2-1b | lora:r=8,targets=q_proj | 524288",
        "qwen2.5-3b | lora:r=16,targets=q_proj+v_proj | 3686400",
        "llama-2-7b | lora:r=8,targets=q_proj+v_proj | 4194304",
        "llama-2-13b | lora:r=8,targets=q_proj+v_proj | 6553600",
        "llama-2-13b | lora:r=16,targets=q_proj+k_proj+v_proj+o_proj | 26214400",
        "llama-3.2-3b | lora:r=32,targets=q_proj+v_proj | 9175040",
        "llama-3.2-3b | lora:r=10,targets=gate_proj+up_proj+down_proj | 9461760",
        "llama-3.2-3b | dora:r=32,targets=q_proj+v_proj | 9289728",
        "llama-3.2-3b | vera:r=256,targets=q_proj+v_proj | 129024",
        "llama-3.2-3b | ia3:targets=k_proj+v_proj+down_proj | 286720",
        "llama-3.2-3b | layernorm | 175104",
        "llama-3.2-3b | prompt:tokens=200 | 614400",
        "llama-3.2-3b | prefix:tokens=200 | 11468800",
        "llama-3.2-3b | full | 3212749824"
      })
  void publishedCounts(String model, String method, long expected) throws IOException {
    var config = published(model);
    var parsed = TuningMethod.parse(method);
    assertEquals(expected, parsed.trainable(config));
    var parts = parsed.byModule(config);
    assertTrue(method.startsWith("p") || method.startsWith("vera") || !parts.isEmpty(), method);
  }

  /// What an adapter of this kind that peft wrote holds.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "adalora:r=%d,targets=q_proj+v_proj | 4 | q_proj+v_proj",
        "loha:r=%d,targets=q_proj+down_proj | 3 | q_proj+down_proj",
        "lokr:r=%d,targets=q_proj | 2 | q_proj",
        "oft:block=%d,targets=q_proj | 8 | q_proj"
      })
  void partsAddUp(String method, int number, String targets) throws IOException {
    var llama = HuggingFaceConfig.read(Path.of("src/test/resources/golden/models/llama"));
    var parsed = TuningMethod.parse(method.formatted(number));
    long expected =
        switch (method.substring(0, method.indexOf(':'))) {
          case "adalora" -> 2688 + 3 * 2 * 4; // LoRA's, and a weight for each rank
          case "loha" -> 3 * 2 * 3 * ((64 + 64) + (96 + 64));
          case "oft" -> 3 * (64 / 8) * (8 * 7 / 2);
          default -> parsed.trainable(llama);
        };
    assertEquals(expected, parsed.trainable(llama));
    if (!method.startsWith("adalora")) {
      var parts = parsed.byModule(llama);
      assertEquals(targets.split("\\+", -1).length, parts.size(), parts.toString());
      var part = parts.get("model.layers.*.self_attn.q_proj");
      assertEquals(3, part.modules());
    }
  }

  @Test
  void whatMatchesNothingIsSaid() throws IOException {
    var llama = published("llama-3.2-1b");
    var refused =
        assertThrows(IllegalArgumentException.class, () -> trainable("full:train=heads", llama));
    assertTrue(
        refused.getMessage().startsWith("'heads' matches no parameter of this llama model of 16"),
        refused.getMessage());
    assertThrows(IllegalArgumentException.class, () -> trainable("loha:targets=qq", llama));
  }
}

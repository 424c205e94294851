package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.grad.Routing;
import dev.fader.model.family.Families;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ParametersTest {
  @Test
  void sharedLayersAreOneEntry() {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var shared = Parameters.learned(TinyModels.llama(2), arena, arena);
      var apart = Parameters.learned(TinyModels.llama(), arena, arena);
      assertSame(shared.weight(Role.QUERY, 2), shared.weight(Role.QUERY, 3));
      assertSame(shared.weight(Role.QUERY, 0), shared.weight(Role.QUERY, 1));
      long layer = (apart.count() - shared.count()) / 2;
      assertEquals(4 * layer + 2 * 31 * 28 + 28, apart.count());
    }
  }

  @Test
  void tiedHeadIsEmbedding() {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var parameters = Parameters.learned(TinyModels.gpt2(), arena, arena);
      assertSame(parameters.weight(Role.TOKEN_EMBEDDING), parameters.head());
      assertEquals(
          "transformer.wte.weight", parameters.entries().firstEntry().getKey(), "first entry");
    }
  }

  @Test
  void missingOrMisshapenTensorIsNamed() {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var config = TinyModels.gpt2();
      var missing =
          assertThrows(ModelConfigException.class, () -> Parameters.fixed(config, Map.of()));
      assertEquals(
          "the weights have no tensor 'transformer.wte.weight', which the configuration asks for",
          missing.getMessage());
      var tensors = new HashMap<String, Tensor>();
      tensors.put("wte.weight", arena.floats(31, 22));
      var misshapen =
          assertThrows(ModelConfigException.class, () -> Parameters.fixed(config, tensors));
      assertEquals(
          "tensor 'transformer.wte.weight' has shape [31, 22], and the configuration asks for"
              + " [31, 21]",
          misshapen.getMessage());
    }
  }

  @Test
  void layersWithoutTensorsAllocateNothing() {
    var tiny = TinyModels.llama();
    int layers = 100_000;
    var config =
        new ModelConfig(
            Families.names("llama"),
            31,
            33,
            28,
            layers,
            1,
            tiny.attention().withWindows(Collections.nCopies(layers, 0)),
            tiny.feedForward(),
            tiny.norm(),
            tiny.positions(),
            tiny.embedding(),
            tiny.specialTokens(),
            0.02);
    var refused =
        assertThrows(ModelConfigException.class, () -> Parameters.fixed(config, Map.of()));
    assertEquals(
        "the configuration has 100000 layers, and there are only 0 tensors", refused.getMessage());
    var routing = new Routing(Routing.Scoring.SOFTMAX, 2, true);
    var experts =
        new Experts(2_000_000_000, 8, 0, routing, false, false, Experts.Layout.SEPARATE, Set.of());
    var mixture = tiny.withFeedForward(tiny.feedForward().withExperts(experts));
    try (var arena = TensorMemory.unlimited().open("test")) {
      var tensors = new HashMap<String, Tensor>();
      for (int i = 0; i < 8; i++) {
        tensors.put("t" + i, arena.floats(1));
      }
      refused = assertThrows(ModelConfigException.class, () -> Parameters.fixed(mixture, tensors));
      assertEquals(
          "the configuration has 4 layers of 2000000000 experts, and there are only 8 tensors",
          refused.getMessage());
    }
  }

  /// Experts in one tensor are written one by one where transformers has them so.
  @Test
  void stackedExpertsAreStoredSeparately() {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var stacked = Parameters.learned(TinyModels.qwen3Moe(Experts.Layout.STACKED), arena, arena);
      var separate = Parameters.learned(TinyModels.qwen3Moe(Experts.Layout.SEPARATE), arena, arena);
      var name = "model.layers.1.mlp.experts.up_proj.weight";
      var all = stacked.entries().get(name).value();
      all.set(3 * 7 * 28 + 5, 2);
      var stored = stacked.stored();
      assertEquals(separate.stored().keySet(), stored.keySet());
      for (var tensor : separate.stored().entrySet()) {
        assertEquals(tensor.getValue().shape(), stored.get(tensor.getKey()).shape());
      }
      assertEquals(2, stored.get("model.layers.1.mlp.experts.3.up_proj.weight").get(5));
    }
  }
}

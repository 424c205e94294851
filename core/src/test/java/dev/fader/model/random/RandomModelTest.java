package dev.fader.model.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.Session;
import dev.fader.inspect.plan.WeightBytes;
import dev.fader.kernel.Engine;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.TinyModels;
import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.WeightType;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RandomModelTest {
  private static final WeightType FLOAT16 = new WeightType.Uniform(DType.FLOAT16);
  private static final WeightType Q4_K_M = new WeightType.Mixed(QuantizationMix.Q4_K_M);

  /// A Llama whose rows are whole blocks of 256.
  private static ModelConfig wide() {
    var json =
        """
        {"model_type": "llama", "vocab_size": 301, "hidden_size": 256, "intermediate_size": 512,
         "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "tie_word_embeddings": true}
        """;
    try {
      return HuggingFaceConfig.read(
          Path.of("wide"), (ObjectNode) JsonMapper.shared().readTree(json));
    } catch (dev.fader.format.FormatException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static float[] logits(ModelConfig config, WeightType type, int threads) {
    try (var engine = new Engine(threads, Long.MAX_VALUE);
        var model = RandomModel.of(config, type, engine);
        var session = new Session(model.decoder(), engine.kernels(), engine.memory(), 9)) {
      return session.read(1, 2, 3);
    }
  }

  static Stream<ModelConfig> families() {
    return TinyModels.all().stream();
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyFamilyGivesLogits(ModelConfig config) {
    for (float logit : logits(config, FLOAT16, 1)) {
      assertTrue(Float.isFinite(logit), () -> config.family() + " gives " + logit);
    }
  }

  @Test
  void theSameOnAnyThreads() {
    for (var type : new WeightType[] {FLOAT16, Q4_K_M, new WeightType.Uniform(DType.IQ4_XS)}) {
      assertArrayEquals(logits(wide(), type, 1), logits(wide(), type, 3), type.name());
    }
  }

  @Test
  void takesWhatItSays() {
    try (var engine = Engine.reference()) {
      try (var _ = RandomModel.of(wide(), Q4_K_M, engine)) {
        long rotary = engine.memory().bytes() - RandomModel.bytes(wide(), Q4_K_M);
        // Beside the weights only the tables of rotary positions are in the arena.
        assertTrue(rotary >= 0 && rotary <= 2L * 128 * 64 * Float.BYTES, () -> rotary + " bytes");
      }
      assertEquals(0, engine.memory().bytes());
      assertEquals(WeightBytes.of(wide(), Q4_K_M).all(), RandomModel.bytes(wide(), Q4_K_M), 1e-9);
    }
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeItIsMade() {
    long bytes = RandomModel.bytes(wide(), Q4_K_M);
    try (var engine = new Engine(1, bytes - 1)) {
      assertThrows(OutOfTensorMemory.class, () -> RandomModel.of(wide(), Q4_K_M, engine).close());
      assertEquals(0, engine.memory().peakBytes());
    }
  }

  @Test
  void rowsThatAreNoBlocksAreRefused() {
    var failure =
        assertThrows(
            ModelConfigException.class,
            () -> RandomModel.bytes(TinyModels.llama(), new WeightType.Uniform(DType.Q4_K)));
    assertTrue(
        String.valueOf(failure.getMessage()).contains("choose f32, f16 or bf16"),
        failure::getMessage);
  }
}

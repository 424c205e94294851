package dev.fader.model.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.GgufType;
import dev.fader.grad.Routing;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.model.Experts;
import dev.fader.model.Golden;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.Parameters;
import dev.fader.model.TinyModels;
import dev.fader.model.family.Families;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.gguf.GgufConfigWriter;
import dev.fader.model.gguf.GgufTensorWriter;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is known of a quantised file from the configuration is what the quantizer writes.
class QuantizedTensorTest {
  private static final List<QuantizationMix> MIXES =
      List.of(
          QuantizationMix.Q4_K_M,
          QuantizationMix.Q5_K_M,
          QuantizationMix.Q8_0,
          QuantizationMix.Q4_0,
          QuantizationMix.Q3_K_L);

  @TempDir private Path folder;

  /// Rows of whole blocks of 256, an odd number of layers, grouped heads.
  private static ModelConfig wide(boolean tied, int keyHeads, Optional<Experts> experts) {
    int layers = 11;
    var feedForward = new ModelConfig.FeedForward(256, Activation.SILU, true, false);
    var tiny = TinyModels.llama();
    return new ModelConfig(
        Families.names(experts.isPresent() ? "qwen3_moe" : "llama"),
        37,
        TinyModels.CONTEXT,
        256,
        layers,
        1,
        new ModelConfig.Attention(
            8, keyHeads, 32, false, false, false, 0.2f, 0, Collections.nCopies(layers, 0)),
        experts.map(feedForward::withExperts).orElse(feedForward),
        tiny.norm(),
        tiny.positions(),
        new ModelConfig.Embedding(tied, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  private static Experts experts(int count, Experts.Layout layout) {
    var routing = new Routing(Routing.Scoring.SOFTMAX, 2, true);
    return new Experts(count, 256, 0, routing, false, false, layout, Set.of());
  }

  static Stream<ModelConfig> wideModels() {
    return Stream.of(
        wide(false, 2, Optional.empty()),
        wide(true, 1, Optional.empty()),
        wide(true, 8, Optional.empty()),
        wide(false, 4, Optional.of(experts(3, Experts.Layout.SEPARATE))),
        wide(true, 2, Optional.of(experts(8, Experts.Layout.STACKED))));
  }

  @ParameterizedTest
  @MethodSource("wideModels")
  void ofRowsOfWholeBlocks(ModelConfig config) throws IOException {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var parameters = Parameters.learned(config, arena, arena);
      var fields = new GgufMetadataBuilder();
      GgufConfigWriter.write(config, fields);
      Path source = folder.resolve("model.gguf");
      DurableFile.write(
          source,
          new GgufContent(
              fields, GgufTensorWriter.of(parameters, Optional.of(DType.FLOAT32), arena)));
      check(config, source);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/gpt2",
        "models/llama3-tied-rope-scaled",
        "models/qwen2",
        "models/gemma2",
        "families/gemma3",
        "families/phi3",
        "families/starcoder2",
        "families/mixtral",
        "families/qwen3-moe",
        "families/gpt-oss",
        "families/deepseek-v2",
        "families/deepseek-v3"
      })
  void ofEveryKindOfModel(String name) throws IOException {
    Path directory = Golden.directory(name);
    Path source = folder.resolve("model.gguf");
    new ModelConversion(directory, source, Optional.of(DType.FLOAT32), (bytes, total) -> {}).run();
    check(HuggingFaceConfig.read(directory), source);
  }

  private void check(ModelConfig config, Path source) throws IOException {
    Path out = folder.resolve("out.gguf");
    for (var mix : MIXES) {
      try (var workers = Workers.of(1)) {
        new ModelQuantization(mix, workers, (done, total) -> {}).run(source, out);
      }
      try (var file = GgufFile.open(out)) {
        var planned = QuantizedTensor.of(config, mix);
        assertEquals(
            file.tensors().stream()
                .map(tensor -> tensor.name() + " " + tensor.type() + " " + tensor.shape())
                .toList(),
            planned.stream()
                .map(tensor -> tensor.name() + " " + type(tensor) + " " + tensor.shape())
                .toList());
        assertEquals(
            file.tensors().stream().mapToLong(tensor -> tensor.data().byteSize()).sum(),
            planned.stream().mapToLong(QuantizedTensor::bytes).sum());
      }
    }
  }

  private static String type(QuantizedTensor tensor) {
    return GgufType.of(tensor.type()).name();
  }

  @Test
  void familyWithoutArchitectureIsRefused() {
    var tiny = TinyModels.gpt2();
    var gpt =
        new ModelConfig(
            Families.names("openai-gpt"),
            tiny.vocabularySize(),
            tiny.context(),
            tiny.width(),
            tiny.layers(),
            1,
            tiny.attention(),
            tiny.feedForward(),
            tiny.norm(),
            tiny.positions(),
            tiny.embedding(),
            tiny.specialTokens(),
            0.02);
    assertTrue(QuantizedTensor.isKnown(tiny));
    assertFalse(QuantizedTensor.isKnown(gpt));
    var refused =
        assertThrows(
            ModelConfigException.class, () -> QuantizedTensor.of(gpt, QuantizationMix.Q4_K_M));
    assertEquals("no GGUF file is known for the family 'openai-gpt'", refused.getMessage());
  }
}

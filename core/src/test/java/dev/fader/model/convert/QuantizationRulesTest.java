package dev.fader.model.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.GgufType;
import dev.fader.format.TensorContent;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The types of every tensor of models of several makes, as `llama_model_quantize` of llama.cpp
/// 0.5.0 chose them: `mixes.json` has the tensors of a model and their types in each mix.
class QuantizationRulesTest {
  @TempDir private Path folder;

  static Stream<String> models() {
    return cases().propertyNames().stream();
  }

  private static JsonNode cases() {
    return JsonMapper.shared()
        .readTree(Path.of("src/test/resources/quantization/mixes.json").toFile());
  }

  @ParameterizedTest
  @MethodSource("models")
  void tensorTypesMatchReference(String model) throws IOException {
    var golden = cases().get(model);
    Path path = write(golden);
    try (var file = GgufFile.open(path)) {
      assertTrue(!golden.get("types").isEmpty(), model);
      for (var expected : golden.get("types").properties()) {
        var rules =
            new QuantizationRules(
                QuantizationMix.valueOf(expected.getKey()),
                QuantizationRules.ModelSummary.of(file));
        String[] types = expected.getValue().asString().split(" ");
        int i = 0;
        for (var tensor : file.tensors()) {
          assertEquals(
              types[i++],
              GgufType.of(rules.type(tensor.name(), tensor.shape(), DType.FLOAT32)).name(),
              "%s: %s of %s".formatted(expected.getKey(), tensor.name(), model));
        }
        assertEquals(types.length, i);
      }
    }
  }

  /// A file with the same names, widths and numbers of dimensions, and one row each: rules read no
  /// more.
  private Path write(JsonNode golden) throws IOException {
    var made = golden.get("made");
    String architecture = made.get("arch").asString();
    var fields =
        new GgufMetadataBuilder()
            .text("general.architecture", architecture)
            .uint32(architecture + ".block_count", made.get("layers").asInt())
            .uint32(architecture + ".attention.head_count", made.get("heads").asInt())
            .uint32(architecture + ".attention.head_count_kv", made.get("kv").asInt());
    if (made.has("experts")) {
      fields.uint32(architecture + ".expert_count", made.get("experts").asInt());
    }
    var tensors = new ArrayList<TensorContent>();
    for (var tensor : golden.get("tensors")) {
      var shape = new long[tensor.get(1).size()];
      java.util.Arrays.fill(shape, 1);
      shape[shape.length - 1] = tensor.get(1).get(shape.length - 1).asLong();
      var zeros = FileContent.of(new byte[(int) shape[shape.length - 1] * Float.BYTES]);
      tensors.add(
          new TensorContent(tensor.get(0).asString(), DType.FLOAT32, Shape.of(shape), zeros));
    }
    Path path = folder.resolve("model.gguf");
    DurableFile.write(path, new GgufContent(fields, tensors));
    return path;
  }
}

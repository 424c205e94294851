package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.format.DurableFile;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorFile;
import dev.fader.model.Golden;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Directories of peft, whole and broken.
class AdapterDirectoryTest {
  @TempDir Path folder;

  private final TensorMemory memory = TensorMemory.unlimited();

  private interface Use {
    void with(LoadedModel model, TensorArena arena) throws IOException;
  }

  private void on(String model, Use use) throws IOException {
    try (var arena = memory.open("test");
        var loaded = LoadedModel.open(Golden.directory(model), memory)) {
      use.with(loaded, arena);
    }
    assertTrue(memory.openArenas().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("dev.fader.model.adapter.GoldenAdapterTest#adapters")
  void whatIsWrittenIsReadAgain(String name) throws IOException {
    var directory = Golden.directory("adapters/" + name);
    String base = Golden.json(directory.resolve("golden.json")).get("base").stringValue();
    on(
        base,
        (model, arena) -> {
          var parameters = model.decoder().parameters();
          var first = AdapterDirectory.read(directory, parameters, arena);
          var copy = folder.resolve("copy");
          AdapterDirectory.write(copy, first, model.config());
          var second = AdapterDirectory.read(copy, parameters, arena);
          assertEquals(first.config(), second.config());
          assertEquals(first.tensors().keySet(), second.tensors().keySet());
          first
              .tensors()
              .forEach((key, variable) ->
                  assertEquals(
                      -1,
                      variable
                          .value()
                          .segment()
                          .mismatch(second.tensors().get(key).value().segment()),
                      key));
          var json = Golden.json(copy.resolve(AdapterDirectory.CONFIG));
          var original = Golden.json(directory.resolve(AdapterDirectory.CONFIG));
          assertEquals(
              original.propertyNames().stream().sorted().toList(),
              json.propertyNames().stream().sorted().toList());
          assertEquals(base, json.get("base_model_name_or_path").stringValue());
          assertTrue(json.get("inference_mode").booleanValue());
        });
  }

  @Test
  void learnedVariablesHaveGradientsAndFixedOnesNone() throws IOException {
    on(
        "models/llama",
        (model, arena) -> {
          try (var gradients = memory.open("gradients")) {
            var vera =
                AdapterDirectory.readLearned(
                    Golden.directory("adapters/vera"),
                    model.decoder().parameters(),
                    arena,
                    gradients);
            vera.tensors()
                .forEach((key, variable) ->
                    assertEquals(
                        !key.startsWith("base_model.vera_"), variable.needsGradient(), key));
            assertEquals(432 * 4L, gradients.bytes());
          }
        });
  }

  private Path copy(String name) throws IOException {
    var from = Golden.directory("adapters/" + name);
    var to = Files.createDirectories(folder.resolve(name));
    for (var file : new String[] {AdapterDirectory.CONFIG, AdapterDirectory.WEIGHTS}) {
      Files.copy(from.resolve(file), to.resolve(file));
    }
    return to;
  }

  private static void change(Path directory, Consumer<ObjectNode> change) throws IOException {
    var file = directory.resolve(AdapterDirectory.CONFIG);
    var json = (ObjectNode) Golden.json(file);
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  /// The tensors of an adapter, changed.
  private static void rewrite(Path directory, Consumer<Map<String, Tensor>> change)
      throws IOException {
    var file = directory.resolve(AdapterDirectory.WEIGHTS);
    try (var arena = TensorMemory.unlimited().open("test")) {
      var tensors = new LinkedHashMap<String, Tensor>();
      try (var open = TensorFile.open(file)) {
        for (var name : open.names()) {
          var stored = open.get(name);
          var tensor = arena.allocate(DType.FLOAT32, stored.shape());
          stored.copyTo(tensor);
          tensors.put(name, tensor);
        }
      }
      change.accept(tensors);
      DurableFile.write(file, new SafetensorsContent(tensors));
    }
  }

  private void assertFails(Path directory, String model, String... words) throws IOException {
    on(
        "models/" + model,
        (loaded, arena) -> {
          long before = arena.bytes();
          var failed =
              assertThrows(
                  Exception.class,
                  () -> AdapterDirectory.read(directory, loaded.decoder().parameters(), arena));
          for (String word : words) {
            assertTrue(failed.getMessage().contains(word), failed.getMessage());
          }
          assertEquals(before, arena.bytes(), "nothing is allocated for a broken adapter");
        });
  }

  @Test
  void aMissingTensorIsNamed() throws IOException {
    var directory = copy("lora-qv");
    rewrite(
        directory,
        tensors ->
            tensors.remove("base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"));
    assertFails(
        directory,
        "llama",
        "misses 'base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight'",
        "is the adapter for another model?",
        ".v_proj.lora_B.weight'");
  }

  @Test
  void anUnknownTensorIsNamed() throws IOException {
    var directory = copy("lora-qv");
    rewrite(
        directory,
        tensors ->
            tensors.put(
                "base_model.model.model.layers.1.self_attn.o_proj.lora_B.weight",
                tensors.values().iterator().next()));
    assertFails(
        directory,
        "llama",
        "has 'base_model.model.model.layers.1.self_attn.o_proj.lora_B.weight', which the"
            + " configuration and the model do not ask for");
  }

  @Test
  void aRankThatDoesNotFitIsRefused() throws IOException {
    var directory = copy("lora-qv");
    change(directory, json -> json.put("r", 5));
    assertFails(directory, "llama", "has shape [4, 64]", "ask for [5, 64]");
  }

  @Test
  void anAdapterForAnotherModelIsRefused() throws IOException {
    assertFails(copy("lora-qv"), "gpt2", "'q_proj' matches no module of this gpt2 model", "c_proj");
    assertFails(copy("lora-regex"), "gpt2", "matches no module of this gpt2 model");
    var seven = copy("prompt");
    rewrite(seven, tensors -> tensors.replaceAll((name, tensor) -> tensor.reshape(20, 16)));
    assertFails(seven, "llama", "has shape [20, 16]", "ask for [5, 64]");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void whatIsNoNumberIsNamed(float value) throws IOException {
    var directory = copy("lora-qv");
    String name = "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight";
    rewrite(directory, tensors -> tensors.get(name).set(5, value));
    on(
        "models/llama",
        (loaded, arena) -> {
          var failed =
              assertThrows(
                  AdapterException.class,
                  () -> AdapterDirectory.read(directory, loaded.decoder().parameters(), arena));
          assertEquals(
              "tensor '%s' has %s at 5: the adapter is broken, or its training diverged"
                  .formatted(name, value),
              failed.getMessage());
        });
  }

  @ParameterizedTest
  @CsvSource({
    "layer_replication, '[[0,2],[1,3]]', is '[[0,2],[1,3]]'",
    "use_qalora, true, which is not supported",
    "target_parameters, '[\"experts.down_proj\"]', this llama model has no experts",
    "init_lora_weights, '\"pissa\"', path_initial_model_for_weight_conversion",
    "bias, '\"some\"', 'must be none, all or lora_only'",
    "r, 0, a whole number of at least 1",
    "r, 2147483647, ranks are whole numbers from 1 to 1048576",
    "lora_alpha, '\"x\"', a number",
    "lora_alpha, 1e39, a number that float32 holds",
    "target_modules, '[]', 'is an empty list: name the modules'",
    "lora_dropout, 1.5, from 0 to below 1",
    "target_modules, '\"(\"', no regular expression",
    "rank_pattern, '{\"q_proj\": 0.5}', rank of 0.5",
    "task_type, '\"TOKEN_CLS\"', CAUSAL_LM and SEQ_CLS",
    "peft_type, '\"XLORA\"', LORA",
    "trainable_token_indices, '[384]', has tokens below 384",
    "trainable_token_indices, '[3,3]', has a token twice",
  })
  void whatIsNotDoneIsRefusedInWords(String field, String value, String words) throws IOException {
    var directory = copy("lora-qv");
    change(directory, json -> json.set(field, JsonMapper.shared().readTree(value)));
    assertFails(directory, "llama", words);
  }

  @Test
  void fieldsOfLaterVersionsAreLeftOut() throws IOException {
    var directory = copy("lora-qv");
    change(directory, json -> json.put("invented_later", true));
    on(
        "models/llama",
        (model, arena) ->
            assertEquals(
                2688,
                AdapterDirectory.read(directory, model.decoder().parameters(), arena)
                    .count(model.config())));
  }

  @Test
  void aPickleIsNotRead() throws IOException {
    var directory = copy("lora-qv");
    Files.move(directory.resolve(AdapterDirectory.WEIGHTS), directory.resolve("adapter_model.bin"));
    assertFails(directory, "llama", "save the adapter as safetensors");
  }

  @Test
  void aTruncatedFileIsRefused() throws IOException {
    var directory = copy("lora-qv");
    var file = directory.resolve(AdapterDirectory.WEIGHTS);
    var bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
    assertFails(directory, "llama", "truncated");
  }

  @Test
  void aVocabularyOfAnotherSizeIsRefused() throws IOException {
    var directory = copy("lora-embedding");
    rewrite(
        directory,
        tensors -> {
          String key = "base_model.model.model.embed_tokens.base_layer.weight";
          tensors.put(key, tensors.get(key).slice(0, 383));
        });
    assertFails(directory, "llama", "has shape [383, 64]", "trained with other tokens");
  }

  @Test
  void aSavedEmbeddingThatDiffersReplacesTheModels() throws IOException {
    var directory = copy("lora-embedding");
    on(
        "models/llama",
        (model, arena) -> {
          var parameters = model.decoder().parameters();
          assertTrue(
              AdapterDirectory.read(directory, parameters, arena).adapter().replaced().isEmpty());
          rewrite(
              directory,
              tensors ->
                  tensors.get("base_model.model.model.embed_tokens.base_layer.weight").set(65, 7));
          var replaced = AdapterDirectory.read(directory, parameters, arena).adapter().replaced();
          var table = replaced.get("model.embed_tokens.weight").value();
          assertEquals(7, table.get(65));
          assertEquals(Shape.of(384, 64), table.shape());
        });
  }

  @Test
  void storageOfTwoBytesIsReadAsFloat32() throws IOException {
    var directory = copy("lora-qv");
    try (var narrow = memory.open("narrow")) {
      rewrite(
          directory,
          tensors ->
              tensors.replaceAll((name, tensor) ->
                  narrow.allocate(DType.BFLOAT16, tensor.shape()).copyFrom(tensor)));
    }
    on(
        "models/llama",
        (model, arena) ->
            assertEquals(
                2688,
                AdapterDirectory.read(directory, model.decoder().parameters(), arena)
                    .count(model.config())));
  }
}

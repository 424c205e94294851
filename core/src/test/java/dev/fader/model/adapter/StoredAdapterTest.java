package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.format.TensorFile;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.Parameters;
import dev.fader.model.convert.ModelConversion;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Adapters of mlx-lm, and of peft from when each expert was a module, against logits of
/// transformers with the same changes in its weights (`golden/adapter-files`).
class StoredAdapterTest {
  /// Both sides compute in float32; logits are of size 1.
  private static final float TOLERANCE = 1e-4f;

  @TempDir Path folder;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static Path directory(String name) {
    return Golden.directory("adapter-files/" + name);
  }

  private static Path base(String name) {
    var golden = Golden.json(directory(name).resolve("golden.json"));
    return Golden.directory(golden.get("base").stringValue());
  }

  private void assertLogits(String name, LoadedModel model, Path adapter) throws IOException {
    var golden = Golden.json(directory(name).resolve("golden.json"));
    try (var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = StoredAdapter.of(adapter).read(parameters, arena);
      var decoder = model.decoder().with(List.of(loaded.adapter()), kernels, arena);
      assertArrayEquals(
          floats(golden), logits(decoder, Golden.ints(golden.get("input_ids")), arena), TOLERANCE);
    }
  }

  private static float[] floats(JsonNode golden) {
    var array = golden.get("last_logits");
    var values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }

  private float[] logits(Decoder decoder, int[] ids, TensorArena arena) {
    var floats = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      floats[i] = ids[i];
    }
    var tensor = arena.allocate(DType.INT32, Shape.of(ids.length)).copyFrom(floats);
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var states = decoder.forward(tape, TokenBlock.ofSequences(tensor, 1, ids.length));
    var all = tape.logits(states, decoder.head(tape), 0).value();
    return all.slice(ids.length - 1L, 1).toArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mlx-lora",
        "mlx-dora",
        "mlx-gpt2",
        "mlx-embedding",
        "mlx-experts",
        "experts-apart-mixtral",
        "experts-apart-qwen3-moe"
      })
  void logitsMatchAndWhatIsWrittenIsOfPeft(String name) throws IOException {
    try (var model = LoadedModel.open(base(name), memory)) {
      assertLogits(name, model, directory(name));
      var copy = folder.resolve("copy");
      try (var arena = memory.open("test")) {
        var stored = StoredAdapter.of(directory(name));
        var loaded = stored.read(model.decoder().parameters(), arena);
        assertEquals(
            loaded.config().targets(), stored.config(model.decoder().parameters()).targets(), name);
        AdapterDirectory.write(copy, loaded, model.config());
      }
      assertEquals(StoredAdapter.Format.PEFT, StoredAdapter.of(copy).format());
      assertLogits(name, model, copy);
    }
  }

  /// Queries and keys have their rows in another order in the file of the model.
  @ParameterizedTest
  @ValueSource(strings = {"mlx-lora", "mlx-dora", "mlx-gpt2"})
  void logitsMatchBesideGguf(String name) throws IOException {
    var file = folder.resolve("model.gguf");
    new ModelConversion(base(name), file, Optional.of(DType.FLOAT32), (_, _) -> {}).run();
    try (var model = LoadedModel.open(file, memory)) {
      assertLogits(name, model, directory(name));
    }
  }

  /// A GGUF adapter made beside a directory is the same beside a GGUF file.
  @Test
  void ggufAdaptersMatchBesideEither() throws IOException {
    String name = "mlx-lora";
    var adapter = folder.resolve("adapter.gguf");
    var file = folder.resolve("model.gguf");
    new ModelConversion(base(name), file, Optional.of(DType.FLOAT32), (_, _) -> {}).run();
    try (var model = LoadedModel.open(base(name), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = StoredAdapter.of(directory(name)).read(parameters, arena);
      GgufAdapter.write(adapter, loaded, model.config());
      assertEquals(StoredAdapter.Format.GGUF, StoredAdapter.of(adapter).format());
      assertLogits(name, model, adapter);
    }
    try (var model = LoadedModel.open(file, memory);
        var arena = memory.open("test")) {
      assertLogits(name, model, adapter);
      var loaded = StoredAdapter.of(adapter).read(model.decoder().parameters(), arena);
      var again = folder.resolve("again.gguf");
      GgufAdapter.write(again, loaded, model.config());
      assertEquals(Files.size(adapter), Files.size(again), 64); // their names differ
      assertLogits(name, model, again);
    }
  }

  /// Experts have their factors in GGUF as matrices have them there.
  @ParameterizedTest
  @ValueSource(strings = {"mlx-experts", "experts-apart-mixtral"})
  void ggufAdaptersOfExpertsMatch(String name) throws IOException {
    var adapter = folder.resolve("adapter.gguf");
    var file = folder.resolve("model.gguf");
    new ModelConversion(base(name), file, Optional.of(DType.FLOAT32), (_, _) -> {}).run();
    for (var path : List.of(base(name), file)) {
      try (var model = LoadedModel.open(path, memory);
          var arena = memory.open("test")) {
        var loaded = StoredAdapter.of(directory(name)).read(model.decoder().parameters(), arena);
        GgufAdapter.write(adapter, loaded, model.config());
        assertLogits(name, model, adapter);
      }
    }
  }

  private Path copy(String name) throws IOException {
    var copy = Files.createDirectories(folder.resolve("broken"));
    try (var files = Files.list(directory(name))) {
      for (var file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName().toString()));
      }
    }
    return copy;
  }

  private interface Change {
    void of(ObjectNode config);
  }

  private static void change(Path directory, Change change) throws IOException {
    var file = directory.resolve("adapter_config.json");
    var json = (ObjectNode) Golden.json(file);
    change.of(json);
    Files.writeString(file, json.toString());
  }

  /// Without the tensors whose names contain `without`, or with one called otherwise.
  private void rewrite(Path file, String without, String renamed) throws IOException {
    var written = folder.resolve("rewritten.safetensors");
    try (var tensors = TensorFile.open(file)) {
      var contents = new ArrayList<TensorContent>();
      for (var stored : tensors.tensors()) {
        if (!stored.name().contains(without)) {
          contents.add(TensorContent.of(stored.name(), stored.mapped()));
        } else if (!renamed.isEmpty()) {
          contents.add(TensorContent.of(stored.name().replace(without, renamed), stored.mapped()));
        }
      }
      DurableFile.write(written, new SafetensorsContent(contents));
    }
    Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private String refused(String name, Path directory) throws IOException {
    try (var model = LoadedModel.open(base(name), memory);
        var arena = memory.open("test")) {
      Parameters parameters = model.decoder().parameters();
      var failed =
          assertThrows(Exception.class, () -> StoredAdapter.of(directory).read(parameters, arena));
      return String.valueOf(failed.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "layers.2.self_attn.q_proj.lora_b||'model.layers.2.self_attn.q_proj.lora_b': is missing",
        "layers.2.self_attn.q_proj||'model.layers.2.self_attn.q_proj.lora_a': is missing, and other layers",
        "v_proj||has no tensors of 'self_attn.v_proj', which `lora_parameters.keys` names",
        "layers.2.self_attn.q_proj.lora_a|x|'model.x': is none of .lora_a, .lora_b",
        "layers.2.self_attn|layers.2.attn|'model.layers.2.attn.q_proj': has no place in this llama model",
        "layers.2.self_attn|layers.0.self_attn|is not in the last 2 layers, which is what `num_layers` says"
      })
  void tensorsOfMlxAreAccountedFor(String without, String renamed, String message)
      throws IOException {
    var broken = copy("mlx-lora");
    rewrite(broken.resolve(MlxAdapter.WEIGHTS), without, renamed == null ? "" : renamed);
    var refused = refused("mlx-lora", broken);
    assertTrue(refused.contains(message), refused);
  }

  @Test
  void fieldsOfMlxAreChecked() throws IOException {
    var broken = copy("mlx-lora");
    change(broken, config -> ((ObjectNode) config.get("lora_parameters")).put("rank", 3));
    var wrongRank = refused("mlx-lora", broken);
    assertTrue(wrongRank.contains("and the rank of 3 and the model ask for"), wrongRank);
    change(broken, config -> ((ObjectNode) config.get("lora_parameters")).put("rank", -2));
    var negative = refused("mlx-lora", broken);
    assertTrue(
        negative.contains("lora_parameters.rank: is '-2', and must be a whole number"), negative);
    change(broken, config -> ((ObjectNode) config.get("lora_parameters")).put("alpha", 16));
    var alpha = refused("mlx-lora", broken);
    assertTrue(alpha.contains("take `alpha` out"), alpha);
    change(broken, config -> config.put("fine_tune_type", "full"));
    var whole = refused("mlx-lora", broken);
    assertTrue(whole.startsWith("fine_tune_type is full: these are weights of the model"), whole);
  }

  @Test
  void aMissingExpertIsNamed() throws IOException {
    String name = "experts-apart-mixtral";
    var broken = copy(name);
    rewrite(broken.resolve(AdapterDirectory.WEIGHTS), "layers.1.block_sparse_moe.experts.3.w3", "");
    var refused = refused(name, broken);
    assertTrue(refused.startsWith("of layer 1, the up of expert 3 is missing"), refused);
  }

  @Test
  void anExpertOfAnotherModelIsNamed() throws IOException {
    String name = "experts-apart-mixtral";
    var broken = copy(name);
    rewrite(broken.resolve(AdapterDirectory.WEIGHTS), "experts.3.w3", "experts.9.w3");
    var refused = refused(name, broken);
    assertTrue(refused.contains("experts.9.w3', and this model does not have such"), refused);
  }

  @Test
  void whatIsNoAdapterIsSaid() throws IOException {
    var empty = Files.createDirectories(folder.resolve("empty"));
    var failed = assertThrows(IOException.class, () -> StoredAdapter.of(empty));
    assertEquals(
        empty
            + ": not an adapter, it has no adapter_config.json: name a directory that tune, peft or"
            + " mlx-lm wrote, or a GGUF file of an adapter",
        failed.getMessage());
    var text = Files.writeString(folder.resolve("notes.txt"), "hello");
    var other = assertThrows(IOException.class, () -> StoredAdapter.of(text));
    assertTrue(String.valueOf(other.getMessage()).contains("not an adapter: name a directory"));
    var missing = assertThrows(IOException.class, () -> StoredAdapter.of(folder.resolve("none")));
    assertTrue(String.valueOf(missing.getMessage()).contains("there is no adapter: name"));
  }
}

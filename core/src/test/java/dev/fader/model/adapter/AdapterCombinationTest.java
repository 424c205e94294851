package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.AdapterCombination.Method;
import dev.fader.model.convert.ModelConversion;
import dev.fader.model.convert.ModelMerge;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Adapters that are made of adapters or of models: combined, converted and extracted, against
/// logits of peft (`golden/adapter-combinations.json`) and of what they are made of.
class AdapterCombinationTest {
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

  private static JsonNode golden() {
    return Golden.json(Golden.directory("adapter-combinations.json"));
  }

  static List<Integer> combined() {
    return IntStream.range(0, golden().get("combined").size()).boxed().toList();
  }

  static List<Integer> converted() {
    return IntStream.range(0, golden().get("converted").size()).boxed().toList();
  }

  private static Path adapter(String name) {
    return Golden.directory("adapters/" + name);
  }

  private static Path base(String name) {
    var golden = Golden.json(adapter(name).resolve("golden.json"));
    return Golden.directory(golden.get("base").stringValue());
  }

  private float[] logits(Parameters parameters, TensorArena arena) {
    var decoder = new Decoder(parameters, arena);
    int[] ids = Golden.ints(golden().get("input_ids"));
    var floats = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      floats[i] = ids[i];
    }
    var tensor = arena.allocate(DType.INT32, Shape.of(ids.length)).copyFrom(floats);
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var states = decoder.forward(tape, TokenBlock.ofSequences(tensor, 1, ids.length));
    return tape.logits(states, decoder.head(tape), 0).value().slice(ids.length - 1L, 1).toArray();
  }

  /// Of an adapter that was written and read again.
  private float[] logits(LoadedModel model, LoadedAdapter adapter, TensorArena arena)
      throws IOException {
    AdapterDirectory.write(folder.resolve("written"), adapter, model.config());
    var parameters = model.decoder().parameters();
    var read = AdapterDirectory.read(folder.resolve("written"), parameters, arena);
    return logits(parameters.adapted(List.of(read.adapter())), arena);
  }

  private static float[] floats(JsonNode array) {
    var values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("combined")
  void combinationsMatchPeft(int number) throws IOException {
    var one = golden().get("combined").get(number);
    try (var model = LoadedModel.open(Golden.directory("models/llama"), memory);
        var arena = memory.open("test")) {
      var parts = new ArrayList<AdapterCombination.Part>();
      for (int i = 0; i < one.get("adapters").size(); i++) {
        String name = one.get("adapters").get(i).stringValue();
        var loaded = AdapterDirectory.read(adapter(name), model.decoder().parameters(), arena);
        parts.add(
            new AdapterCombination.Part(name, loaded, one.get("weights").get(i).doubleValue()));
      }
      var method = Method.valueOf(one.get("method").stringValue().toUpperCase(Locale.ROOT));
      var rank = one.get("rank");
      var result =
          new AdapterCombination(model.config(), arena)
              .combine(
                  parts,
                  method,
                  rank.isNull() ? OptionalInt.empty() : OptionalInt.of(rank.intValue()));
      assertTrue(method == Method.SVD ? result.share() < 1 : result.share() == 1);
      assertArrayEquals(
          floats(one.get("last_logits")), logits(model, result.adapter(), arena), TOLERANCE);
    }
  }

  @Test
  void ranksThatDifferAreNotAdded() throws IOException {
    try (var model = LoadedModel.open(Golden.directory("models/llama"), memory);
        var arena = memory.open("test")) {
      var parts = new ArrayList<AdapterCombination.Part>();
      for (var name : List.of("lora-qv", "lora-all-rslora", "dora")) {
        var loaded = AdapterDirectory.read(adapter(name), model.decoder().parameters(), arena);
        parts.add(new AdapterCombination.Part(name, loaded, 1));
      }
      var combination = new AdapterCombination(model.config(), arena);
      assertEquals(
          "'model.layers.0.self_attn.q_proj' has rank 4 in lora-qv and rank 8 in lora-all-rslora,"
              + " and `linear` needs the same: combine by cat or svd",
          assertThrows(
                  AdapterException.class,
                  () ->
                      combination.combine(parts.subList(0, 2), Method.LINEAR, OptionalInt.empty()))
              .getMessage());
      var other =
          assertThrows(
              AdapterException.class,
              () -> combination.combine(parts, Method.CAT, OptionalInt.empty()));
      assertTrue(
          String.valueOf(other.getMessage()).startsWith("dora has another method than plain LoRA"));
    }
  }

  /// What is advised is possible: rows of tokens merge, and the others do not.
  @ParameterizedTest
  @CsvSource({
    "trainable-tokens, rows of tokens, merge the adapters into the model one after the other",
    "alora, an invocation that it acts behind, use them together beside the model",
    "prompt, virtual tokens, use them together beside the model",
    "seq-cls-llama, a classification head, 'use it beside the model, alone'"
  })
  void whatCannotBeCombinedNamesAnotherWay(String name, String what, String way)
      throws IOException {
    try (var model = LoadedModel.open(base(name), memory);
        var arena = memory.open("test")) {
      var loaded = AdapterDirectory.read(adapter(name), model.decoder().parameters(), arena);
      var combination = new AdapterCombination(model.config(), arena);
      var parts = List.of(new AdapterCombination.Part("A", loaded, 1));
      var refused =
          assertThrows(
              AdapterException.class,
              () -> combination.combine(parts, Method.CAT, OptionalInt.empty()));
      assertEquals(
          "A has %s, which cannot be combined: %s".formatted(what, way), refused.getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("converted")
  void conversionsMatchPeft(int number) throws IOException {
    var one = golden().get("converted").get(number);
    String name = one.get("adapter").stringValue();
    try (var model = LoadedModel.open(base(name), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = AdapterDirectory.read(adapter(name), parameters, arena);
      var result =
          LowRankConversion.of(loaded, one.get("rank").intValue(), parameters, kernels, arena);
      assertTrue(result.share() > 0 && result.share() <= 1);
      assertArrayEquals(
          floats(one.get("last_logits")), logits(model, result.adapter(), arena), TOLERANCE);
    }
  }

  /// Of full rank nothing is lost, of methods that peft does not convert, too.
  @ParameterizedTest
  @ValueSource(
      strings = {"oft-exact", "dora", "dora-gpt2", "ia3", "adalora-ranks", "lora-patterns"})
  void fullRankHoldsAll(String name) throws IOException {
    try (var model = LoadedModel.open(base(name), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = AdapterDirectory.read(adapter(name), parameters, arena);
      var result = LowRankConversion.of(loaded, 1000, parameters, kernels, arena);
      assertEquals(1, result.share(), 1e-9);
      assertArrayEquals(
          logits(parameters.adapted(List.of(loaded.adapter())), arena),
          logits(model, result.adapter(), arena),
          TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "prompt",
        "seq-cls-llama",
        "ln-tuning",
        "tokens",
        "lora-head-saved",
        "lora-embedding"
      })
  void whatIsNoChangeOfProjectionsIsRefused(String name) throws IOException {
    try (var model = LoadedModel.open(base(name), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = AdapterDirectory.read(adapter(name), parameters, arena);
      var refused =
          assertThrows(
              AdapterException.class,
              () -> LowRankConversion.of(loaded, 2, parameters, kernels, arena));
      boolean stays = name.equals("prompt") || name.equals("seq-cls-llama");
      assertTrue(
          String.valueOf(refused.getMessage())
              .endsWith(
                  stays
                      ? "become LoRA: use it beside the model"
                      : "become LoRA: merge it into the model"),
          refused.getMessage());
    }
  }

  /// An adapter that was merged is found again, with the norms, biases and the head beside it.
  @ParameterizedTest
  @ValueSource(strings = {"lora-qv", "lora-all-linear-gpt2", "lora-bias-all", "lora-head-saved"})
  void whatWasMergedIsExtracted(String name) throws IOException {
    try (var model = LoadedModel.open(base(name), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = AdapterDirectory.read(adapter(name), parameters, arena);
      var merged = AdapterMerge.merged(parameters, List.of(loaded.adapter()), kernels, arena);
      var result =
          new AdapterExtraction(parameters, merged, kernels, memory)
              .extract(4, new ModuleSelection.AllLinear(), Origin.of("base"), arena);
      // merged weights are rounded to float32, which is no change of low rank
      assertEquals(1, result.share(), 1e-6);
      assertEquals(name.equals("lora-bias-all"), result.biases());
      assertEquals(name.equals("lora-head-saved") ? List.of("lm_head") : List.of(), result.whole());
      assertArrayEquals(logits(merged, arena), logits(model, result.adapter(), arena), TOLERANCE);
    }
  }

  /// Queries and keys have their rows in another order in GGUF files.
  @Test
  void aGgufFileAndADirectoryAreCompared() throws IOException {
    var file = folder.resolve("model.gguf");
    var tuned = folder.resolve("tuned");
    var llama = Golden.directory("models/llama");
    new ModelConversion(llama, file, Optional.of(DType.FLOAT32), (_, _) -> {}).run();
    new ModelMerge(llama, List.of(AdapterSource.of(adapter("lora-qv"))), kernels, memory)
        .writeDirectory(tuned, Optional.empty());
    try (var base = LoadedModel.open(file, memory);
        var other = LoadedModel.open(tuned, memory);
        var arena = memory.open("test")) {
      var parameters = base.decoder().parameters();
      var result =
          new AdapterExtraction(parameters, other.decoder().parameters(), kernels, memory)
              .extract(4, new ModuleSelection.AllLinear(), Origin.of("base"), arena);
      assertEquals(1, result.share(), 1e-6);
      assertEquals(List.of(), result.whole());
      assertArrayEquals(
          logits(other.decoder().parameters(), arena),
          logits(base, result.adapter(), arena),
          TOLERANCE);
    }
  }

  /// What rounding to eight bits explains has not changed: not the embedding, the head, nor the
  /// matrices beside those that were tuned.
  @Test
  void roundingIsNoChange() throws IOException {
    try (var model = LoadedModel.open(base("lora-qv"), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = AdapterDirectory.read(adapter("lora-qv"), parameters, arena);
      var merged = AdapterMerge.merged(parameters, List.of(loaded.adapter()), kernels, arena);
      var rounded = new LinkedHashMap<String, Tensor>();
      parameters
          .entries()
          .forEach((key, variable) -> {
            var tensor = variable.value();
            boolean matrix = tensor.shape().rank() == 2;
            rounded.put(
                key, matrix ? arena.allocate(DType.Q8_0, tensor.shape()).copyFrom(tensor) : tensor);
          });
      var result =
          new AdapterExtraction(Parameters.fixed(model.config(), rounded), merged, kernels, memory)
              .extract(4, new ModuleSelection.AllLinear(), Origin.of("base"), arena);
      assertEquals(
          loaded.adapter().projections().keySet(),
          result.adapter().adapter().projections().keySet());
      assertEquals(List.of(), result.whole());
      assertTrue(result.share() > 0.99 && result.share() < 1, "kept " + result.share());
    }
  }

  /// Experts that are matrices of their own, of which some changed.
  @Test
  void expertsAreExtracted() throws IOException {
    String name = "experts-apart-mixtral";
    var directory = Golden.directory("adapter-files/" + name);
    try (var model = LoadedModel.open(Golden.directory("families/mixtral"), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = AdapterDirectory.read(directory, parameters, arena);
      var merged = AdapterMerge.merged(parameters, List.of(loaded.adapter()), kernels, arena);
      var result =
          new AdapterExtraction(parameters, merged, kernels, memory)
              .extract(2, new ModuleSelection.AllLinear(), Origin.of("base"), arena);
      assertEquals(1, result.share(), 1e-6);
      AdapterDirectory.write(folder.resolve("written"), result.adapter(), model.config());
      var read = AdapterDirectory.read(folder.resolve("written"), parameters, arena);
      var again = AdapterMerge.merged(parameters, List.of(read.adapter()), kernels, arena);
      merged
          .entries()
          .forEach((key, variable) ->
              assertArrayEquals(
                  variable.value().toArray(),
                  again.entries().get(key).value().toArray(),
                  TOLERANCE,
                  key));
    }
  }

  /// The share that is kept is that of the largest squares, module by module.
  @Test
  void theShareIsThatOfTheSingularValues() throws IOException {
    try (var model = LoadedModel.open(Golden.directory("models/llama"), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      String name = "model.layers.1.self_attn.v_proj";
      var tensors = new LinkedHashMap<String, Tensor>();
      parameters.entries().forEach((key, variable) -> tensors.put(key, variable.value()));
      var changed = arena.allocate(DType.FLOAT32, tensors.get(name + ".weight").shape());
      changed.copyFrom(tensors.get(name + ".weight"));
      // two rank-one changes at right angles, of squares 9 and 1 (times 4)
      var random = new Random(5);
      int columns = changed.shape().size(1);
      for (int column = 0; column < columns; column += 2) {
        float sign = random.nextBoolean() ? 1 : -1;
        changed.set(column, changed.get(column) + 3 * sign);
        changed.set(columns + column + 1, changed.get(columns + column + 1) + sign);
      }
      tensors.put(name + ".weight", changed);
      var tuned = Parameters.fixed(model.config(), tensors);
      var result =
          new AdapterExtraction(parameters, tuned, kernels, memory)
              .extract(1, new ModuleSelection.AllLinear(), Origin.of("base"), arena);
      assertEquals(1, result.kept().size());
      assertEquals(name, result.kept().getFirst().module());
      assertEquals(0.9, result.share(), 1e-6);
      assertEquals(result.share(), result.kept().getFirst().share());
      assertEquals(7 * 3 - 1, result.unchanged());
    }
  }

  @Test
  void normsAloneAreNoLora() throws IOException {
    try (var model = LoadedModel.open(base("ln-tuning"), memory);
        var arena = memory.open("test")) {
      var parameters = model.decoder().parameters();
      var loaded = AdapterDirectory.read(adapter("ln-tuning"), parameters, arena);
      var merged = AdapterMerge.merged(parameters, List.of(loaded.adapter()), kernels, arena);
      var extraction = new AdapterExtraction(parameters, merged, kernels, memory);
      var refused =
          assertThrows(
              AdapterException.class,
              () -> extraction.extract(2, new ModuleSelection.AllLinear(), Origin.of("b"), arena));
      assertTrue(
          String.valueOf(refused.getMessage())
              .startsWith("only model.layers.0.input_layernorm and 6 more changed"),
          refused.getMessage());
    }
  }

  @Test
  void modelsOfOtherShapesAndTheSameModelAreRefused() throws IOException {
    try (var llama = LoadedModel.open(Golden.directory("models/llama"), memory);
        var qwen = LoadedModel.open(Golden.directory("models/qwen2"), memory);
        var arena = memory.open("test")) {
      var parameters = llama.decoder().parameters();
      var other =
          assertThrows(
              AdapterException.class,
              () ->
                  new AdapterExtraction(parameters, qwen.decoder().parameters(), kernels, memory));
      assertTrue(
          String.valueOf(other.getMessage()).endsWith("both must have the same shape"),
          other.getMessage());
      var same = new AdapterExtraction(parameters, parameters, kernels, memory);
      assertEquals(
          "there is nothing in the adapter: no module changes",
          assertThrows(
                  AdapterException.class,
                  () -> same.extract(1, new ModuleSelection.AllLinear(), Origin.of("b"), arena))
              .getMessage());
    }
  }
}

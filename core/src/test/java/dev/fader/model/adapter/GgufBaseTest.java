package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
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
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters beside models in GGUF files, whose rows of queries and keys may have another order, and
/// whose matrices may be quantised.
class GgufBaseTest {
  /// Both sides compute in float32; logits are of size 1.
  private static final double TOLERANCE = 1e-4;

  @TempDir static Path folder;

  private static Path gguf(String model) throws IOException {
    var file = folder.resolve(model.replace('/', '-') + ".gguf");
    if (!Files.exists(file)) {
      new ModelConversion(Golden.directory(model), file, Optional.of(DType.FLOAT32), (a, b) -> {})
          .run();
    }
    return file;
  }

  @ParameterizedTest
  @MethodSource("dev.fader.model.adapter.GoldenAdapterTest#adapters")
  void logitsAreThoseOfTheDirectory(String name) throws IOException {
    var directory = Golden.directory("adapters/" + name);
    var golden = Golden.json(directory.resolve("golden.json"));
    String base = golden.get("base").stringValue();
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var arena = memory.open("test");
        var model = LoadedModel.open(gguf(base), memory)) {
      var parameters = model.decoder().parameters();
      if (name.equals("lokr") || name.equals("lokr-small")) {
        var failed =
            assertThrows(
                AdapterException.class, () -> AdapterDirectory.read(directory, parameters, arena));
        assertTrue(failed.getMessage().contains("rows have another order"), failed.getMessage());
        return;
      }
      var loaded = AdapterDirectory.read(directory, parameters, arena);
      if (golden.has("last_logits")) {
        int[] ids = Golden.ints(golden.get("input_ids"));
        var actual =
            lastLogits(
                parameters.adapted(List.of(loaded.adapter())),
                withVirtual(ids, loaded, parameters),
                arena,
                Kernels.choose(workers));
        var expected = golden.get("last_logits");
        for (int id = 0; id < actual.length; id++) {
          assertEquals(expected.get(id).doubleValue(), actual[id], TOLERANCE, "token " + id);
        }
      }
      assertWrittenAsBefore(directory, loaded, model);
    }
  }

  private static float[] withVirtual(int[] ids, LoadedAdapter loaded, Parameters parameters) {
    int virtual = loaded.adapter().virtualCount();
    var all = new float[virtual + ids.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = i < virtual ? parameters.config().vocabularySize() + i : ids[i - virtual];
    }
    return all;
  }

  private static float[] lastLogits(
      Parameters parameters, float[] ids, TensorArena arena, Kernels kernels) {
    var tensor = arena.allocate(DType.INT32, Shape.of(ids.length)).copyFrom(ids);
    var decoder = new Decoder(parameters, arena);
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var states = decoder.forward(tape, TokenBlock.ofSequences(tensor, 1, ids.length));
    float cap = decoder.config().embedding().logitSoftCap();
    return tape.logits(states, decoder.head(tape), cap).value().slice(ids.length - 1, 1).toArray();
  }

  /// Numbers that were read with a GGUF model are written in the order of peft.
  private static void assertWrittenAsBefore(Path directory, LoadedAdapter loaded, LoadedModel model)
      throws IOException {
    var copy = folder.resolve("copy-" + directory.getFileName());
    AdapterDirectory.write(copy, loaded, model.config());
    try (var before = TensorFile.open(directory.resolve(AdapterDirectory.WEIGHTS));
        var after = TensorFile.open(copy.resolve(AdapterDirectory.WEIGHTS))) {
      for (var name : after.names()) {
        boolean constrained = directory.endsWith("oft-constrained");
        if (!constrained) {
          assertEquals(-1, before.get(name).data().mismatch(after.get(name).data()), name);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"wide256-q4_0", "wide256-q4_k_m"})
  void aQuantisedBaseIsAsGoodAsTheSameInFloat32(String name) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var arena = memory.open("test");
        var model = LoadedModel.open(Golden.directory("gguf").resolve(name + ".gguf"), memory)) {
      var kernels = Kernels.choose(workers);
      var quantised = model.decoder().parameters();
      var dense = dense(quantised, arena);
      var variant = new LoraMethod.Variant(true, true, false, 0);
      var method = new LoraMethod(Ranks.of(4, 8), variant, LoraInit.RANDOM, List.of());
      var config =
          new AdapterConfig(
              method,
              Targets.of(new ModuleSelection.AllLinear()),
              LearnedWhole.NOTHING,
              Origin.of(name));
      var means = new NewAdapter.Means(kernels, arena, arena);
      var adapter = NewAdapter.begin(config, quantised, means, 5);
      var random = new Random(5);
      adapter
          .tensors()
          .forEach((key, variable) -> {
            if (key.endsWith("magnitude_vector")) {
              var value = variable.value();
              for (long i = 0; i < value.elements(); i++) {
                value.set(i, value.get(i) * (1 + 0.1f * random.nextFloat()));
              }
            }
          });
      float[] ids = {1, 7, 3, 22, 9};
      var adapters = List.of(adapter.adapter());
      var expected = lastLogits(dense.adapted(adapters), ids, arena, kernels);
      var actual = lastLogits(quantised.adapted(adapters), ids, arena, kernels);
      double most = 0;
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 1e-3, "token " + i);
        most = Math.max(most, Math.abs(expected[i]));
      }
      assertTrue(most > 0.1, "the logits are not all small");
      var merged = AdapterMerge.merged(quantised, adapters, kernels, arena);
      var whole = lastLogits(merged, ids, arena, kernels);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], whole[i], 1e-3, "token " + i);
      }
    }
  }

  private static Parameters dense(Parameters parameters, TensorArena arena) {
    var tensors = new LinkedHashMap<String, Tensor>();
    parameters
        .entries()
        .forEach((name, variable) ->
            tensors.put(
                name,
                arena
                    .allocate(DType.FLOAT32, variable.value().shape())
                    .copyFrom(variable.value())));
    return Parameters.fixed(parameters.config(), tensors);
  }
}

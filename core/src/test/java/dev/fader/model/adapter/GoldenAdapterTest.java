package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.Parameters;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Adapters of peft 0.21 on the tiny models against peft's own logits in float32.
class GoldenAdapterTest {
  /// Both sides compute in float32; logits are of size 1.
  private static final double TOLERANCE = 1e-4;

  static List<String> adapters() throws IOException {
    try (var all = Files.list(Golden.directory("adapters"))) {
      return all.filter(Files::isDirectory)
          .map(directory -> directory.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  /// A model, its adapter and what peft makes of them.
  private record Case(Path directory, JsonNode golden, LoadedModel model, TensorArena arena) {
    Parameters base() {
      return model.decoder().parameters();
    }

    LoadedAdapter read() throws IOException {
      return AdapterDirectory.read(directory, base(), arena);
    }

    Decoder adapted(ModelAdapter adapter, Kernels kernels) {
      return model.decoder().with(List.of(adapter), kernels, arena);
    }

    /// Without anything computed before, as training has it.
    Decoder unprepared(ModelAdapter adapter) {
      return new Decoder(base().adapted(List.of(adapter)), arena);
    }
  }

  private interface Check {
    void run(Case one, Kernels kernels) throws IOException;
  }

  private static void with(String name, Check check) throws IOException {
    var directory = Golden.directory("adapters/" + name);
    var golden = Golden.json(directory.resolve("golden.json"));
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var arena = memory.open("test");
        var model = LoadedModel.open(Golden.directory(golden.get("base").stringValue()), memory)) {
      check.run(new Case(directory, golden, model, arena), Kernels.choose(workers));
    }
    assertTrue(memory.openArenas().isEmpty());
  }

  private static Variable states(Case one, Tape tape, Decoder decoder, int virtual) {
    int[] given = Golden.ints(one.golden().get("input_ids"));
    var ids = new float[virtual + given.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i < virtual ? decoder.config().vocabularySize() + i : given[i - virtual];
    }
    var tensor = one.arena().allocate(DType.INT32, Shape.of(ids.length)).copyFrom(ids);
    return decoder.forward(tape, TokenBlock.ofSequences(tensor, 1, ids.length));
  }

  private static float[] lastState(Case one, Kernels kernels, Decoder decoder) {
    var tape = new Tape(kernels, one.arena(), Tape.Mode.INFER);
    return last(states(one, tape, decoder, 0));
  }

  private static float[] lastLogits(Case one, Kernels kernels, Decoder decoder, int virtual) {
    var tape = new Tape(kernels, one.arena(), Tape.Mode.INFER);
    var states = states(one, tape, decoder, virtual);
    float cap = decoder.config().embedding().logitSoftCap();
    return last(tape.logits(states, decoder.head(tape), cap));
  }

  private static float[] last(Variable rows) {
    return rows.value().slice(rows.value().shape().dimension(0) - 1, 1).toArray();
  }

  private static void assertLogits(Case one, float[] actual) {
    var expected = one.golden().get("last_logits");
    assertEquals(expected.size(), actual.length);
    for (int id = 0; id < actual.length; id++) {
      assertEquals(expected.get(id).doubleValue(), actual[id], TOLERANCE, "token " + id);
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void logitsAndCountsMatchPeft(String name) throws IOException {
    with(
        name,
        (one, kernels) -> {
          var loaded = one.read();
          if (one.golden().has("trainable_parameters")) {
            long trainable = one.golden().get("trainable_parameters").longValue();
            assertEquals(trainable, loaded.count(one.model().config()));
          }
          var adapter = loaded.adapter();
          if (one.golden().has("class_logits")) {
            assertClasses(one, kernels, loaded);
            return;
          }
          int virtual = adapter.virtualCount();
          assertLogits(one, lastLogits(one, kernels, one.unprepared(adapter), virtual));
          assertLogits(one, lastLogits(one, kernels, one.adapted(adapter, kernels), virtual));
        });
  }

  private static void assertClasses(Case one, Kernels kernels, LoadedAdapter loaded) {
    var head = loaded.head().orElseThrow();
    var expected = one.golden().get("class_logits");
    assertEquals(expected.size(), head.labels());
    var state = lastState(one, kernels, one.adapted(loaded.adapter(), kernels));
    for (int label = 0; label < head.labels(); label++) {
      double sum = 0;
      for (int i = 0; i < state.length; i++) {
        sum += head.weight().value().get((long) label * state.length + i) * (double) state[i];
      }
      assertEquals(expected.get(label).doubleValue(), sum, TOLERANCE, "label " + label);
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void mergedLogitsMatchPeft(String name) throws IOException {
    with(
        name,
        (one, kernels) -> {
          var adapter = one.read().adapter();
          if (adapter.virtualCount() > 0
              || one.golden().has("class_logits")
              || name.equals("beft")
              || name.equals("alora")) {
            return;
          }
          var before = lastLogits(one, kernels, one.model().decoder(), 0);
          var merged = AdapterMerge.merged(one.base(), List.of(adapter), kernels, one.arena());
          assertLogits(one, lastLogits(one, kernels, new Decoder(merged, one.arena()), 0));
          assertArrayEquals(before, lastLogits(one, kernels, one.model().decoder(), 0));
        });
  }

  @Test
  void whatActsBehindItsInvocationCannotBeMerged() throws IOException {
    with(
        "alora",
        (one, kernels) -> {
          var adapters = List.of(one.read().adapter());
          assertEquals(
              "an adapter with `alora_invocation_tokens` acts only behind them, and weights act on all tokens: use it beside the model",
              assertThrows(
                      AdapterException.class,
                      () -> AdapterMerge.merged(one.base(), adapters, kernels, one.arena()))
                  .getMessage());
        });
  }

  @Test
  void aBiasCannotBeMergedIntoAModelWithoutOne() throws IOException {
    with(
        "beft",
        (one, kernels) -> {
          var adapters = List.of(one.read().adapter());
          var failed =
              assertThrows(
                  AdapterException.class,
                  () -> AdapterMerge.merged(one.base(), adapters, kernels, one.arena()));
          assertEquals(
              "'model.layers.0.self_attn.v_proj' has no bias in this model, and the adapter adds one:"
                  + " use it beside the model",
              failed.getMessage());
        });
  }
}

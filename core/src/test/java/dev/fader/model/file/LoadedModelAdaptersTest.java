package dev.fader.model.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.format.FormatException;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.adapter.AdapterMerge;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.model.convert.ModelConversion;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Adapters of peft 0.21 beside models that are open.
class LoadedModelAdaptersTest {
  /// Both sides compute in float32; logits are of size 1.
  private static final double TOLERANCE = 1e-4;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @TempDir private Path folder;

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  static List<String> adapters() throws IOException {
    try (var all = Files.list(Golden.directory("adapters"))) {
      return all.filter(Files::isDirectory)
          .filter(path -> !Golden.json(path.resolve("golden.json")).has("class_logits"))
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private static AdapterSource source(String name, float scale) {
    return new AdapterSource(Golden.directory("adapters/" + name), scale);
  }

  private LoadedModel open(String name) throws IOException {
    return LoadedModel.open(Golden.directory(name), memory);
  }

  private static int[] ids(String adapter) {
    return Golden.ints(golden(adapter).get("input_ids"));
  }

  private static JsonNode golden(String adapter) {
    return Golden.json(Golden.directory("adapters/" + adapter).resolve("golden.json"));
  }

  private float[] logits(Decoder decoder, int[] text) {
    int virtual = decoder.virtualTokens();
    var ids = new float[virtual + text.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i < virtual ? decoder.config().vocabularySize() + i : text[i - virtual];
    }
    try (var arena = memory.open("test")) {
      var tensor = arena.allocate(DType.INT32, Shape.of(ids.length)).copyFrom(ids);
      var tape = new Tape(kernels, arena, Tape.Mode.INFER);
      var states = decoder.forward(tape, TokenBlock.ofSequences(tensor, 1, ids.length));
      float cap = decoder.config().embedding().logitSoftCap();
      var all = tape.logits(states, decoder.head(tape), cap).value();
      return all.slice(ids.length - 1, 1).toArray();
    }
  }

  private void assertGolden(String adapter, Decoder decoder) {
    float[] actual = logits(decoder, ids(adapter));
    var expected = golden(adapter).get("last_logits");
    for (int id = 0; id < actual.length; id++) {
      assertEquals(
          expected.get(id).doubleValue(), actual[id], TOLERANCE, adapter + ", token " + id);
    }
  }

  @Test
  void adaptersComeAndGoBesideOneBase() throws IOException {
    try (var base = open("models/llama")) {
      int[] text = ids("lora-qv");
      float[] alone = logits(base.decoder(), text);
      long bytes = memory.bytes();
      for (String name : List.of("lora-qv", "dora", "prompt", "ia3", "loha", "lora-embedding")) {
        try (var adapted = base.with(List.of(source(name, 1)), kernels)) {
          assertGolden(name, adapted.decoder());
          assertTrue(memory.bytes() > bytes);
          assertEquals(1, adapted.adapters().size());
          assertEquals(Optional.of(base), adapted.base());
        }
        assertEquals(bytes, memory.bytes(), name);
      }
      assertArrayEquals(alone, logits(base.decoder(), text));
    }
  }

  @Test
  void severalModelsOfOneBaseStandBesideEachOther() throws IOException {
    try (var base = open("models/llama")) {
      Decoder closed;
      try (var first = base.with(List.of(source("lora-qv", 1)), kernels);
          var second = first.with(List.of(source("dora", 1)), kernels)) {
        assertGolden("lora-qv", first.decoder());
        assertGolden("dora", second.decoder());
        closed = first.decoder();
      }
      int[] text = {1, 2};
      var wrong = assertThrows(IllegalStateException.class, () -> logits(closed, text));
      assertTrue(String.valueOf(wrong.getMessage()).contains("adapters are closed"));
    }
  }

  @Test
  void severalAdaptersAddUp() throws IOException {
    int[] text = ids("lora-qv");
    var sources = List.of(source("lora-qv", 1), source("lora-layers", 0.25f), source("loha", -1));
    try (var base = open("models/llama");
        var arena = memory.open("merged");
        var adapted = base.with(sources, kernels)) {
      var scaled =
          List.of(
              adapter(adapted, 0).scaled(1),
              adapter(adapted, 1).scaled(0.25f),
              adapter(adapted, 2).scaled(-1));
      var merged = AdapterMerge.merged(base.decoder().parameters(), scaled, kernels, arena);
      // Products of sums and sums of products, each rounded to float32.
      assertArrayEquals(
          logits(new Decoder(merged, arena), text), logits(adapted.decoder(), text), 1e-5f);
    }
  }

  /// It is asked before each of the queries and values of three layers whether anybody waits.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 6})
  void addingUpStops(int after) throws IOException {
    try (var base = open("models/llama");
        var arena = memory.open("merged");
        var adapted = base.with(List.of(source("lora-qv", 1)), kernels)) {
      var asked = new AtomicInteger();
      var means = new AdapterMerge.Means(kernels, arena, () -> asked.incrementAndGet() > after);
      Executable adding =
          () ->
              AdapterMerge.merged(base.decoder().parameters(), List.of(adapter(adapted, 0)), means);
      if (after < 6) {
        assertThrows(CancellationException.class, adding);
        assertEquals(after + 1, asked.get());
      } else {
        assertDoesNotThrow(adding);
        assertEquals(6, asked.get());
      }
    }
  }

  private static ModelAdapter adapter(LoadedModel model, int index) {
    return model.adapters().stream().map(LoadedAdapter::adapter).toList().get(index);
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void theyFitGgufFilesToo(String name) throws IOException {
    var directory = Golden.directory(golden(name).get("base").stringValue());
    var file = folder.resolve("base.gguf");
    new ModelConversion(directory, file, Optional.of(DType.FLOAT32), (done, all) -> {}).run();
    try (var base = LoadedModel.open(file, memory);
        var adapted = base.with(List.of(source(name, 1)), kernels)) {
      assertGolden(name, adapted.decoder());
    } catch (AdapterException refused) {
      assertTrue(name.startsWith("lokr"), name); // which is not wrong, but refused
      assertTrue(String.valueOf(refused.getMessage()).contains("whose rows have another order"));
    }
  }

  private String message(LoadedModel base, AdapterSource source) {
    long bytes = memory.bytes();
    var wrong = assertThrows(Exception.class, () -> base.with(List.of(source), kernels));
    assertEquals(bytes, memory.bytes());
    assertTrue(wrong instanceof IOException || wrong instanceof AdapterException, wrong.toString());
    return wrong.toString();
  }

  @Test
  void wrongAdaptersAreRefusedInOneLine() throws IOException {
    Files.writeString(folder.resolve("file"), "text");
    try (var base = open("models/llama");
        var other = open("models/qwen3")) {
      var missing =
          assertThrows(
              NoSuchFileException.class,
              () ->
                  base.with(List.of(AdapterSource.of(folder.resolve("nowhere"))), kernels).close());
      assertTrue(missing.getReason().startsWith("there is no adapter: name a directory that"));
      var none =
          assertThrows(
              FormatException.class,
              () -> base.with(List.of(AdapterSource.of(folder)), kernels).close());
      assertTrue(none.getMessage().contains("not an adapter, it has no adapter_config.json"));
      assertTrue(
          message(base, AdapterSource.of(folder.resolve("file"))).contains("not an adapter"));
      assertTrue(message(base, source("ia3", 2)).contains("a scale of 2.0 for IA3"));
      assertTrue(message(base, source("prompt", 2)).contains("a scale of 2.0 for virtual tokens"));
      var twice = List.of(source("prompt", 1), source("p-tuning", 1));
      var two = assertThrows(AdapterException.class, () -> base.with(twice, kernels).close());
      assertTrue(String.valueOf(two.getMessage()).contains("one of them at a time"));
      assertTrue(message(other, source("lora-qv", 1)).contains("another model?"));
      assertTrue(message(base, source("lora-gpt2", 1)).contains("this llama model"));
    }
    var wrong =
        assertThrows(IllegalArgumentException.class, () -> new AdapterSource(folder, Float.NaN));
    assertTrue(String.valueOf(wrong.getMessage()).startsWith("scale is NaN"));
  }
}

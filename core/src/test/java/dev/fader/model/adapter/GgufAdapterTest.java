package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter.LowRank;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.Golden;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// LoRA in GGUF files and back.
class GgufAdapterTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lora-qv",
        "lora-all-rslora",
        "lora-gpt2",
        "lora-patterns",
        "lora-embedding",
        "lora-all-linear-gemma2",
        "lora-pattern-layers"
      })
  void whatIsWrittenIsReadAgain(String name) throws IOException {
    var directory = Golden.directory("adapters/" + name);
    String base = Golden.json(directory.resolve("golden.json")).get("base").stringValue();
    var memory = TensorMemory.unlimited();
    try (var arena = memory.open("test");
        var model = LoadedModel.open(Golden.directory(base), memory)) {
      var parameters = model.decoder().parameters();
      var first = AdapterDirectory.read(directory, parameters, arena);
      var file = folder.resolve("adapter.gguf");
      GgufAdapter.write(file, first, model.config());
      assertTrue(GgufAdapter.isAdapter(file));
      var second = GgufAdapter.read(file, parameters, arena, Optional.empty());
      assertEquals(first.adapter().projections().keySet(), second.adapter().projections().keySet());
      first
          .adapter()
          .projections()
          .forEach((module, adapter) -> {
            var one = (LowRankAdapter) adapter;
            var two = (LowRankAdapter) second.adapter().projections().get(module);
            assertSame(one.down().value().toArray(), two.down().value().toArray(), 1, module);
            assertSame(
                one.up().value().toArray(),
                two.up().value().toArray(),
                two.scale() / one.scale(),
                module);
          });
      assertEquals(first.adapter().embeddings().size(), second.adapter().embeddings().size());
      for (int i = 0; i < first.adapter().embeddings().size(); i++) {
        var one = (LowRank) first.adapter().embeddings().get(i);
        var two = (LowRank) second.adapter().embeddings().get(i);
        assertArrayEquals(one.down().value().toArray(), two.down().value().toArray());
        assertArrayEquals(one.up().value().toArray(), two.up().value().toArray());
      }
    }
  }

  /// From which tokens on an adapter acts is in the file.
  @Test
  void invocationsAreKept() throws IOException {
    var memory = TensorMemory.unlimited();
    try (var arena = memory.open("test");
        var model = LoadedModel.open(Golden.directory("models/llama"), memory)) {
      var parameters = model.decoder().parameters();
      var first = AdapterDirectory.read(Golden.directory("adapters/alora"), parameters, arena);
      var file = folder.resolve("adapter.gguf");
      GgufAdapter.write(file, first, model.config());
      var second = GgufAdapter.read(file, parameters, arena, Optional.empty());
      var invocation = ((LoraMethod) second.config().method()).invocation();
      assertFalse(invocation.isEmpty());
      assertEquals(((LoraMethod) first.config().method()).invocation(), invocation);
      assertEquals(first.adapter().invocation(), second.adapter().invocation());
    }
  }

  private static void assertSame(float[] expected, float[] actual, float factor, String module) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], factor * actual[i], 1e-6 + 1e-6 * Math.abs(expected[i]), module);
    }
  }

  /// Row 1 of a head of eight is its second pair's first in transformers, and row 2 in GGUF.
  @Test
  void rowsOfQueriesAreInTheOrderOfGguf() throws IOException {
    var memory = TensorMemory.unlimited();
    try (var arena = memory.open("test");
        var model = LoadedModel.open(Golden.directory("models/llama"), memory)) {
      var adapter =
          AdapterDirectory.read(
              Golden.directory("adapters/lora-qv"), model.decoder().parameters(), arena);
      var file = folder.resolve("adapter.gguf");
      GgufAdapter.write(file, adapter, model.config());
      try (var gguf = GgufFile.open(file)) {
        var up = gguf.tensor("blk.0.attn_q.weight.lora_b");
        var original =
            adapter
                .tensors()
                .get("base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight")
                .value();
        assertArrayEquals(original.slice(1, 1).toArray(), up.slice(2, 1).toArray());
        int half = model.config().attention().headSize() / 2;
        assertArrayEquals(original.slice(half, 1).toArray(), up.slice(1, 1).toArray());
        assertEquals(8, gguf.metadata().number("adapter.lora.alpha").orElseThrow());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dora", "ia3", "lora-bias-all", "lora-head-saved", "trainable-tokens"})
  void whatGgufCannotSayIsRefused(String name) throws IOException {
    var directory = Golden.directory("adapters/" + name);
    String base = Golden.json(directory.resolve("golden.json")).get("base").stringValue();
    var memory = TensorMemory.unlimited();
    try (var arena = memory.open("test");
        var model = LoadedModel.open(Golden.directory(base), memory)) {
      var adapter = AdapterDirectory.read(directory, model.decoder().parameters(), arena);
      var failed =
          assertThrows(
              AdapterException.class,
              () -> GgufAdapter.write(folder.resolve("x.gguf"), adapter, model.config()));
      assertTrue(failed.getMessage().endsWith("merge it into the model, and convert that"));
    }
  }

  @Test
  void anAdapterOfAnotherArchitectureIsRefused() throws IOException {
    var memory = TensorMemory.unlimited();
    try (var arena = memory.open("test");
        var llama = LoadedModel.open(Golden.directory("models/llama"), memory);
        var gpt = LoadedModel.open(Golden.directory("models/gpt2"), memory)) {
      var adapter =
          AdapterDirectory.read(
              Golden.directory("adapters/lora-qv"), llama.decoder().parameters(), arena);
      var file = folder.resolve("adapter.gguf");
      GgufAdapter.write(file, adapter, llama.config());
      var failed =
          assertThrows(
              FormatException.class,
              () -> GgufAdapter.read(file, gpt.decoder().parameters(), arena, Optional.empty()));
      assertTrue(
          failed.getMessage().contains("is 'llama', and the model is 'gpt2'"), failed.getMessage());
    }
  }
}

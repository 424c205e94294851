package dev.fader.model.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Engine;
import dev.fader.model.Golden;
import dev.fader.model.adapter.Origin;
import dev.fader.model.file.AdapterSource;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is written is compared with the model beside its adapters by `LogitCheck`, always; here is
/// what stops it.
class ModelMergeTest {
  @TempDir Path folder;

  /// Whenever it is stopped, while it adds up, writes or checks, nothing is left behind.
  @ParameterizedTest
  @CsvSource({
    "directory, 0",
    "directory, 1",
    "directory, 7",
    "directory, 33",
    "gguf, 0",
    "gguf, 7",
    "adapter, 1",
    "adapter, 2"
  })
  void stopsAndLeavesNothing(String kind, int after) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var engine = new Engine(1, memory)) {
      var asked = new AtomicInteger();
      var adapter = AdapterSource.of(Golden.directory("adapters/lora-qv"));
      var merge =
          new ModelMerge(
                  Golden.directory("models/llama"), List.of(adapter), engine.kernels(), memory)
              .stopWhen(() -> asked.incrementAndGet() > after);
      var out = folder.resolve("out");
      assertThrows(
          CancellationException.class,
          () -> {
            switch (kind) {
              case "directory" -> merge.writeDirectory(out, Optional.empty());
              case "gguf" -> merge.writeGguf(out, Optional.empty());
              default -> merge.writeAdapter(out, 16, Origin.of("llama"));
            }
          });
    }
    try (var left = Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
    assertEquals(List.of(), memory.openArenas());
  }
}

package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfigException;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Models whose activation is made one with zeros, with and without skipping them.
class SparseActivationTest {
  @TempDir private Path folder;
  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private Path model(String name, String activation) throws IOException {
    var url = SparseActivationTest.class.getResource("/golden/models/" + name);
    try (var files = Files.list(Path.of(Objects.requireNonNull(url, name).toURI()))) {
      for (var file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
    var config = folder.resolve("config.json");
    var text = Files.readString(config);
    Files.writeString(
        config,
        text.replaceAll(
            "\"(hidden_act|activation_function)\": *\"[a-z_]+\"",
            "\"$1\": \"" + activation + "\""));
    return folder;
  }

  private float[] logits(Decoder decoder, int... tokens) {
    try (var session = new Session(decoder, kernels, memory, 32)) {
      var last = new float[0];
      for (int token : tokens) {
        last = session.read(token);
      }
      return last;
    }
  }

  /// About a half of the neurons of random weights, or three quarters where two must be positive.
  /// Sums in another order differ by rounding.
  @ParameterizedTest
  @CsvSource({"llama, relu2", "llama, relu", "gpt2, relu", "qwen2, relu", "llama, drelu"})
  void skippingLeavesBitsAsTheyAre(String name, String activation) throws IOException {
    int[] tokens = {5, 6, 7, 8, 9, 200, 5};
    var path = model(name, activation);
    try (var plain = LoadedModel.open(path, memory);
        var sparse = LoadedModel.open(path, memory, true);
        var arena = memory.open("dense")) {
      var dense = Decoder.sparse(plain.decoder().parameters(), arena, false);
      var skipped = logits(sparse.decoder(), tokens);
      assertArrayEquals(logits(dense, tokens), skipped);
      assertArrayEquals(logits(plain.decoder(), tokens), skipped, 1e-3f);
      double share = sparse.decoder().skippedShare().orElseThrow();
      double expected = activation.equals("drelu") ? 0.75 : 0.5;
      assertEquals(expected, share, 0.2);
      assertEquals(0, dense.skippedShare().orElseThrow());
      assertTrue(plain.decoder().skippedShare().isEmpty());
    }
  }

  /// Five tokens in one pass as one by one, after a prompt of many rows, which are dense.
  @Test
  void rowsTogetherHaveTheirOwnBits() throws IOException {
    var prompt = IntStream.range(0, 20).map(i -> 7 * i % 300).toArray();
    int[] tokens = {5, 6, 7, 8, 9};
    try (var model = LoadedModel.open(model("llama", "relu"), memory, true);
        var plain = LoadedModel.open(folder, memory);
        var alone = new Session(model.decoder(), kernels, memory, 32);
        var together = new Session(model.decoder(), kernels, memory, 32);
        var other = new Session(plain.decoder(), kernels, memory, 32)) {
      var afterPrompt = alone.read(prompt);
      assertArrayEquals(afterPrompt, together.read(prompt));
      assertArrayEquals(other.read(prompt), afterPrompt, 1e-3f);
      var rows = new ArrayList<float[]>();
      together.read(tokens, position -> true, (position, row) -> rows.add(row));
      for (int i = 0; i < tokens.length; i++) {
        assertArrayEquals(alone.read(tokens[i]), rows.get(i), "token " + i);
      }
    }
  }

  @Test
  void activationsWithoutZerosAreRefused() throws IOException {
    var path = model("llama", "silu");
    var refused =
        assertThrows(ModelConfigException.class, () -> LoadedModel.open(path, memory, true));
    assertEquals(
        "`sparse`: the activation SILU of this model makes no zeros to skip, which ReLU, its square"
            + " and dReLU do: leave it out",
        refused.getMessage());
  }
}

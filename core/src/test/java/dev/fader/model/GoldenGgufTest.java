package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// GGUF files that llama.cpp's own tools wrote, against transformers in float64 on the weights that
/// gguf-py reads from them.
class GoldenGgufTest {
  /// Rounding of float32 arithmetic.
  private static final double FULL = 1e-4;

  /// The same, of larger sums: weights of quantised files are multiplied out to float32 first.
  private static final double QUANTIZED = 1e-3;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stories260k-f32", "stories260k-f16", "stories260k-q8_0", "wide256-f32", "wide256-bf16",
        "wide256-q4_0", "wide256-q4_k_m", "wide256-q5_k_m", "wide256-q6_k", "wide256-q8_0"
      })
  void logitsMatchReference(String name) throws IOException {
    Path file = find(name + ".gguf");
    var golden = Golden.json(find(name.substring(0, name.indexOf('-')) + ".json"));
    check(file, golden);
  }

  private static Path find(String name) {
    var resource = GoldenGgufTest.class.getResource("/golden/gguf/" + name);
    return resource == null ? shared().resolve(name) : Golden.directory("gguf").resolve(name);
  }

  /// Files of others, and larger ones of ours, stay in the shared folder.
  private static Path shared() {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    Path directory = root.resolveSibling("shared").resolve("golden").resolve("gguf");
    assumeTrue(Files.isDirectory(directory), () -> "skipped: no golden files at " + directory);
    return directory;
  }

  private static void check(Path file, JsonNode golden) throws IOException {
    var expected = golden.get("files").get(String.valueOf(file.getFileName()));
    boolean full =
        expected.get("tensor_types").propertyNames().stream().allMatch(t -> t.contains("F"));
    double tolerance = full ? FULL : QUANTIZED;
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var arena = memory.open("test");
        var model = LoadedModel.open(file, memory)) {
      var kernels = Kernels.choose(workers);
      int[] ids = Golden.ints(golden.get("input_ids"));
      var last = logits(kernels, model, arena, ids);
      var logits = expected.get("last_logits");
      assertEquals(logits.size(), last.length);
      for (int id = 0; id < last.length; id++) {
        assertEquals(logits.get(id).doubleValue(), last[id], tolerance, file + " token " + id);
      }
    }
    assertTrue(memory.openArenas().isEmpty());
  }

  private static float[] logits(Kernels kernels, LoadedModel model, TensorArena arena, int[] ids) {
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var tokens = TokenBlock.ofSequences(TinyModels.ids(arena, ids), 1, ids.length);
    var states = model.decoder().forward(tape, tokens);
    float cap = model.config().embedding().logitSoftCap();
    var all = tape.logits(states, model.decoder().parameters().head(), cap).value().toArray();
    tape.clear();
    int vocabulary = model.config().vocabularySize();
    return Arrays.copyOfRange(all, all.length - vocabulary, all.length);
  }
}

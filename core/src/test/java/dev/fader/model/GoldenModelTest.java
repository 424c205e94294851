package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Tiny random models of each family against transformers in float64.
class GoldenModelTest {
  @ParameterizedTest
  @MethodSource("dev.fader.model.Golden#models")
  void logitsAndGreedyContinuationMatchTransformers(String name) throws IOException {
    check(name, Golden.directory("models/" + name));
  }

  /// Too large for the test resources; a smaller one with windows is among the families.
  @Test
  void mixtralMatchesTransformers() throws IOException {
    var root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    var directory = root.resolveSibling("shared").resolve("golden/models/mixtral");
    assumeTrue(Files.isDirectory(directory), () -> "skipped: no golden files at " + directory);
    check("mixtral", directory);
  }

  private static void check(String name, Path directory) throws IOException {
    var golden = Golden.json(directory.resolve("golden.json"));
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var arena = memory.open("test");
        var model = LoadedModel.open(directory, memory)) {
      var kernels = Kernels.choose(workers);
      checkShapes(golden, model);
      var ids = Golden.ints(golden.get("input_ids"));
      var tape = new Tape(kernels, arena, Tape.Mode.INFER);
      var tokens = TokenBlock.ofSequences(TinyModels.ids(arena, ids), 1, ids.length);
      var decoder = model.decoder();
      var softCap = model.config().embedding().logitSoftCap();
      Variable logits =
          tape.logits(decoder.forward(tape, tokens), decoder.parameters().head(), softCap);
      int vocabulary = model.config().vocabularySize();
      for (int i = 0; i < golden.get("logits_positions").size(); i++) {
        int position = golden.get("logits_positions").get(i).intValue();
        var expected = golden.get("logits").get(i);
        assertEquals(vocabulary, expected.size());
        for (int id = 0; id < vocabulary; id++) {
          float actual = logits.value().get((long) position * vocabulary + id);
          assertEquals(expected.get(id).doubleValue(), actual, 1e-4, name + " token " + id);
        }
      }
      tape.clear();
    }
    assertTrue(memory.openArenas().isEmpty());
  }

  private static void checkShapes(JsonNode golden, LoadedModel model) {
    var shapes = golden.get("parameters");
    assertEquals(golden.get("parameter_count").longValue(), model.decoder().parameters().count());
    for (var spec : model.decoder().parameters().specs()) {
      var shape = shapes.get(spec.name());
      if (shape == null && model.config().feedForward().experts().isPresent()) {
        continue; // transformers 5 names and stacks experts in memory as it does not in files
      }
      assertEquals(shape.toString().replace(",", ", "), spec.shape().toString(), spec.name());
    }
  }
}

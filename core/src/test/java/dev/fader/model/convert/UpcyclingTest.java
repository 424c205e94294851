package dev.fader.model.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpcyclingTest {
  private static final int EXPERTS = 3;
  private static final Map<String, String> DENSE =
      Map.of("w1", "gate_proj", "w2", "down_proj", "w3", "up_proj");
  private static final Pattern EXPERT =
      Pattern.compile("(.*)\\.block_sparse_moe\\.experts\\.\\d+\\.(w\\d)\\.weight");

  private final TensorMemory memory = TensorMemory.unlimited();
  @TempDir private Path folder;

  private static Path llama() throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(UpcyclingTest.class.getResource("/golden/models/llama")).toURI());
  }

  private LoadedModel upcycled(String name, long seed) throws IOException, URISyntaxException {
    var out = folder.resolve(name);
    try (var workers = Workers.of(1)) {
      var choice = new Upcycling.Choice(EXPERTS, 2, seed);
      new Upcycling(llama(), choice, Kernels.choose(workers), memory).writeDirectory(out);
    }
    return LoadedModel.open(out, memory);
  }

  private static SequencedMap<String, Tensor> tensors(LoadedModel model) {
    return model.decoder().parameters().stored();
  }

  /// Every expert is the dense network, routers are new, and all else is as it was.
  @Test
  void everyTensorIsWhatWasChosen() throws IOException, URISyntaxException {
    try (var model = upcycled("mixtral", 7);
        var base = LoadedModel.open(llama(), memory)) {
      var dense = tensors(base);
      int experts = 0;
      int routers = 0;
      for (var entry : tensors(model).entrySet()) {
        var name = entry.getKey();
        var expert = EXPERT.matcher(name);
        if (name.endsWith("block_sparse_moe.gate.weight")) {
          routers++;
          assertIsSmallAndRandom(entry.getValue());
        } else if (expert.matches()) {
          experts++;
          var of = "%s.mlp.%s.weight".formatted(expert.group(1), DENSE.get(expert.group(2)));
          assertSame(Objects.requireNonNull(dense.get(of), of), entry.getValue(), name);
        } else {
          assertSame(Objects.requireNonNull(dense.get(name), name), entry.getValue(), name);
        }
      }
      int layers = base.decoder().config().layers();
      assertEquals(layers, routers);
      assertEquals(layers * EXPERTS * 3, experts);
      assertEquals(dense.size() - 3 * layers, tensors(model).size() - routers - experts);
    }
  }

  private static void assertSame(Tensor expected, Tensor actual, String name) {
    assertEquals(expected.shape(), actual.shape(), name);
    assertArrayEquals(expected.toArray(), actual.toArray(), name);
  }

  /// Of a standard deviation of 0.02; of the mean of the squares of n numbers, that is about sqrt(2
  /// / n) of it, and three of these are allowed.
  private static void assertIsSmallAndRandom(Tensor router) {
    double squares = 0;
    for (float number : router.toArray()) {
      squares += number * number;
    }
    double mean = squares / router.elements();
    double allowed = 3 * Math.sqrt(2.0 / router.elements());
    assertEquals(1, mean / (0.02 * 0.02), allowed);
  }

  @Test
  void seedsMakeTheRouters() throws IOException, URISyntaxException {
    var name = "model.layers.0.block_sparse_moe.gate.weight";
    try (var first = upcycled("first", 7);
        var again = upcycled("again", 7);
        var other = upcycled("other", 8)) {
      float[] router = Objects.requireNonNull(tensors(first).get(name)).toArray();
      assertArrayEquals(router, Objects.requireNonNull(tensors(again).get(name)).toArray());
      float[] others = Objects.requireNonNull(tensors(other).get(name)).toArray();
      boolean differs = false;
      for (int i = 0; i < router.length; i++) {
        differs |= router[i] != others[i];
      }
      assertTrue(differs, "seeds 7 and 8");
    }
  }
}

package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;

/// What a step of a session allocates. A model of each family has a class of its own, and so a JVM
/// of its own, as in life: what the compiler puts in line depends on what ran before.
final class StepAllocation {
  private static final int PROMPT = 40;
  private static final int SEED = 20261129;

  private StepAllocation() {}

  static void assertNothing(String name) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var model = LoadedModel.open(path(name), memory);
        var pool =
            new SessionPool(
                model.decoder(), Kernels.choose(workers), memory, KeyValueLimits.DEFAULTS);
        var session = pool.open(model.config().context())) {
      int vocabulary = model.config().vocabularySize();
      session.read(new Random(SEED).ints(PROMPT, 0, vocabulary).toArray());
      long bytes =
          Allocations.leastBytes(
              8,
              0,
              () -> {
                session.append(5);
                session.truncate(PROMPT);
              });
      assertEquals(0, bytes, name + ", seed " + SEED);
    }
  }

  private static Path path(String name) {
    var url = Objects.requireNonNull(StepAllocation.class.getResource("/golden/models/" + name));
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }
}

package dev.fader.inspect.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.SessionPool;
import dev.fader.inspect.count.Configurations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Initialization;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What running a model is said to take against what sessions really take, to the byte.
class RunningCountTest {
  private static final long SEED = 20261129;

  static Stream<ModelConfig> configs() {
    return Stream.concat(Configurations.all().stream(), Stream.of(longContext(), longrope()));
  }

  /// Its rotary tables are replaced by longer ones.
  private static ModelConfig longContext() {
    return Configurations.gemma2().withContext(8200);
  }

  /// Two rotary tables, the second for texts beyond the original context.
  private static ModelConfig longrope() {
    var scaling =
        new RotaryScaling.Longrope(List.of(1.0, 1.1, 1.2), List.of(1.0, 2.0, 4.0), 300, 1);
    return Configurations.qwen3(1, 1)
        .withContext(4500)
        .withPositions(new Positions.Rotary(10_000, scaling));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void memoryMatchesSessions(ModelConfig config) {
    int context = config.context();
    var running =
        new RunningCount(config, new WeightType.Uniform(DType.FLOAT32), DType.FLOAT16, true)
            .memory(context);
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var weights = memory.open("weights");
        var positions = memory.open("positions")) {
      var parameters = Parameters.learned(config, weights, weights);
      Initialization.fill(parameters, workers, 1);
      var decoder = new Decoder(parameters, positions);
      long before = memory.bytes();
      long tables = positions.bytes();
      try (var sessions =
              new SessionPool(decoder, Kernels.choose(workers), memory, KeyValueLimits.DEFAULTS);
          var session = sessions.open(context)) {
        long activations = memory.bytes() - before;
        session.read(new Random(SEED).ints(context - 1, 0, config.vocabularySize()).toArray());
        session.append(1);
        long logits = 4L * config.vocabularySize(); // on the heap
        assertEquals(
            running.working() - RunningCount.PROGRAM,
            activations + positions.bytes() + logits,
            config + " activations");
        assertTrue(sessions.keyValueBytes() <= running.cache(), config + " keys and values");
        boolean windows = config.attention().windows().stream().anyMatch(window -> window > 0);
        if (!windows) {
          assertEquals(running.cache(), sessions.keyValueBytes(), config + " keys and values");
        }
        // Experts gather their rows in memory of their own, and only once.
        long keysAndValues = memory.bytes() - before - activations - (positions.bytes() - tables);
        assertTrue(keysAndValues <= running.cache(), config + " with pages that are free");
        if (!windows) {
          assertEquals(running.cache(), keysAndValues, config + " all");
        }
      }
      before += positions.bytes() - tables;
      assertEquals(before, memory.bytes());
    }
    assertEquals(List.of(), memory.openArenas());
  }
}

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
    return Configurations.all().stream();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void memoryMatchesSessions(ModelConfig config) {
    int context = config.context();
    var running =
        new RunningCount(config, new WeightType.Uniform(DType.FLOAT32), DType.FLOAT16)
            .memory(context);
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var weights = memory.open("weights");
        var positions = memory.open("positions")) {
      var parameters = Parameters.learned(config, weights, weights);
      Initialization.fill(parameters, workers, 1);
      var decoder = new Decoder(parameters, positions);
      long before = memory.bytes();
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
        assertEquals(
            before + activations + sessions.keyValueBytes(), memory.bytes(), config + " all");
      }
      assertEquals(before, memory.bytes());
    }
    assertEquals(List.of(), memory.openArenas());
  }
}

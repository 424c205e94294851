package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;
import org.junit.jupiter.api.Test;

class InitializationTest {
  private static float[] fill(long seed, int threads) {
    var memory = TensorMemory.unlimited();
    try (var arena = memory.open("test");
        var workers = Workers.of(threads)) {
      var parameters = Parameters.learned(TinyModels.llama(), arena, arena);
      Initialization.fill(parameters, workers, seed);
      return parameters.weight(Role.DOWN, 3).value().toArray();
    }
  }

  @Test
  void seedGivesSameNumbersOnAnyThreads() {
    assertArrayEquals(fill(5, 1), fill(5, 3));
    assertNotEquals(fill(5, 1)[0], fill(6, 1)[0]);
  }

  /// 1036 numbers: their deviation is within 10 % of the asked with a probability far beyond
  /// 0.9999.
  @Test
  void residualProjectionsAreNarrower() {
    double squares = 0;
    var values = fill(5, 1);
    for (float value : values) {
      squares += value * (double) value;
    }
    double expected = 0.02 / Math.sqrt(8);
    assertEquals(expected, Math.sqrt(squares / values.length), 0.1 * expected);
  }

  @Test
  void quantileInvertsNormalDistribution() {
    assertEquals(0, NormalQuantile.of(0.5));
    assertEquals(1.959963984540054, NormalQuantile.of(0.975), 1e-14);
    assertEquals(-1.2815515655446004, NormalQuantile.of(0.1), 1e-14);
    assertEquals(-6.361340902404056, NormalQuantile.of(1e-10), 1e-13);
  }
}

package dev.fader.inspect.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.inspect.count.Configurations;
import dev.fader.inspect.count.ParameterCount;
import org.junit.jupiter.api.Test;

class OptimizerDemandTest {
  @Test
  void adamKeepsTwoNumbersPerParameter() {
    var config = Configurations.gpt2();
    assertEquals(8 * ParameterCount.of(config).total(), OptimizerDemand.adamw(config).bytes());
    assertEquals(4 * ParameterCount.of(config).total(), OptimizerDemand.sgd(config).bytes());
  }

  @Test
  void muonKeepsOneNumberPerMatrixElement() {
    var config = Configurations.qwen3(1, 1);
    long matrices = 20 * 24 * 2 + 20 * 12 * 2 + 3 * 20 * 31;
    long others = ParameterCount.of(config).total() - matrices;
    long scratch = 3 * 20 * 31 + 2 * 20 * 20;
    assertEquals(4 * (matrices + 2 * others + scratch), OptimizerDemand.muon(config).bytes());
  }

  @Test
  void muonFlopsOfFiveIterations() {
    var config = Configurations.qwen3(1, 1);
    double square = 20 * 20 * (24 + 20 + 24) * 2.0 * 5; // query, and output the other way
    double keyOrValue = 12 * 12 * (20 + 12 + 20) * 2.0 * 5;
    double feedForward = 20 * 20 * (31 + 20 + 31) * 2.0 * 5;
    assertEquals(
        2 * square + 2 * keyOrValue + 3 * feedForward, OptimizerDemand.muon(config).flopsPerStep());
  }
}

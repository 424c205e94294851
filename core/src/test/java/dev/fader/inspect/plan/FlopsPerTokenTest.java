package dev.fader.inspect.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.inspect.count.Configurations;
import dev.fader.inspect.count.ParameterCount;
import org.junit.jupiter.api.Test;

class FlopsPerTokenTest {
  @Test
  void everyLayerIsCounted() {
    var flops = FlopsPerToken.of(Configurations.gpt2(), 7, false);
    double layer = 4 * 12 * 12 + 2 * 12 * 48;
    assertEquals(2 * 3 * layer, flops.layers());
    assertEquals(2 * 31 * 12, flops.head());
    // Queries see (1 + 2 + ... + 7) / 7 = 4 keys; two products of 12 numbers each.
    assertEquals(3 * 2 * 2 * 12 * 4, flops.attention());
    assertEquals(2 * flops.forward(), flops.backward());
    assertEquals(3 * flops.forward(), flops.performed());
  }

  @Test
  void sharedLayersSaveNoFlops() {
    assertEquals(
        FlopsPerToken.of(Configurations.qwen3(4, 1), 13, false).forward(),
        FlopsPerToken.of(Configurations.qwen3(4, 2), 13, false).forward());
  }

  @Test
  void windowLimitsKeys() {
    // Of 13 positions the first 5 see 1 to 5 keys, the others 5; in the other layer 7 on average.
    double keys = (1 + 2 + 3 + 4 + 5 + 8 * 5) / 13.0 + 7;
    var flops = FlopsPerToken.of(Configurations.gemma2(), 13, false);
    assertEquals(4 * 16 * keys, flops.attention(), 1e-9);
  }

  @Test
  void recomputationAddsForwardOfLayers() {
    var config = Configurations.qwen3(3, 1);
    var kept = FlopsPerToken.of(config, 13, false);
    var again = FlopsPerToken.of(config, 13, true);
    assertEquals(kept.training(), again.training());
    assertEquals(kept.performed() + kept.layers() + kept.attention(), again.performed());
  }

  @Test
  void sixNIsSixTimesParameters() {
    var config = Configurations.gpt2();
    assertEquals(
        6.0 * ParameterCount.of(config).total(), FlopsPerToken.of(config, 7, false).sixN());
  }
}

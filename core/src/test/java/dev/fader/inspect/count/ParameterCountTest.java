package dev.fader.inspect.count;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.inspect.count.ParameterCount.Component;
import dev.fader.model.ParameterLayout;
import org.junit.jupiter.api.Test;

class ParameterCountTest {
  @Test
  void componentsSumToTotal() {
    for (var config : Configurations.all()) {
      long table =
          ParameterLayout.of(config).stream().mapToLong(spec -> spec.shape().elements()).sum();
      assertEquals(table, ParameterCount.of(config).total(), config.toString());
    }
  }

  @Test
  void gpt2FusedMatrixIsSplitByComponent() {
    var count = ParameterCount.of(Configurations.gpt2());
    assertEquals(31 * 12, count.unique().get(Component.TOKEN_EMBEDDING));
    assertEquals(7 * 12, count.unique().get(Component.POSITIONS));
    assertEquals(3 * 12 * 12, count.unique().get(Component.QUERY));
    assertEquals(3 * 12 * 12, count.unique().get(Component.KEY));
    assertEquals(3 * 12 * 12, count.unique().get(Component.VALUE));
    assertEquals(3 * 12 * 12, count.unique().get(Component.ATTENTION_OUTPUT));
    assertEquals(3 * 2 * 12 * 48, count.unique().get(Component.FEED_FORWARD));
    assertEquals(7 * 12, count.unique().get(Component.NORMS));
    // Per layer: queries, keys and values, output, up, down, two norms; and the last norm.
    assertEquals(3 * (36 + 12 + 48 + 12 + 24) + 12, count.unique().get(Component.BIASES));
    assertEquals(null, count.unique().get(Component.HEAD));
    assertEquals(31 * 12, count.effective().get(Component.HEAD));
  }

  @Test
  void groupedHeadsNarrowKeys() {
    var count = ParameterCount.of(Configurations.qwen3(3, 1));
    assertEquals(3 * 20 * 24, count.unique().get(Component.QUERY));
    assertEquals(3 * 20 * 12, count.unique().get(Component.KEY));
    assertEquals(3 * (20 + 20 + 6 + 6) + 20, count.unique().get(Component.NORMS));
    assertEquals(count.total(), count.effectiveTotal());
  }

  @Test
  void sharedLayersCountOnceButAddFlops() {
    var alone = ParameterCount.of(Configurations.qwen3(4, 1));
    var shared = ParameterCount.of(Configurations.qwen3(4, 2));
    assertEquals(alone.total(), shared.effectiveTotal());
    assertEquals(
        alone.unique().get(Component.FEED_FORWARD) / 2,
        shared.unique().get(Component.FEED_FORWARD));
  }
}

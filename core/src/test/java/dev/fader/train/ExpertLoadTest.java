package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.tensor.TensorMemory;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExpertLoadTest {
  @Test
  void loadsAreComparedWithTheirMean() {
    var even = new ExpertLoad(0, List.of(5L, 5L, 5L), 1);
    var uneven = new ExpertLoad(1, List.of(0L, 9L, 3L, 0L), 0.5);
    assertEquals(1, even.largestOverMean());
    assertEquals(3, uneven.largestOverMean());
    assertEquals(0, even.unused());
    assertEquals(2, uneven.unused());
    var both = List.of(even, uneven);
    assertEquals(3, ExpertLoad.largestOverMean(both));
    assertEquals(0.75, ExpertLoad.entropy(both));
    assertEquals(2, ExpertLoad.unused(both));
    assertEquals(1, new ExpertLoad(0, List.of(0L, 0L), 0).largestOverMean());
  }

  /// Two had more than the mean of 4 and one less; the fourth had just that. The moves -1, -1, 1
  /// and 0 are shifted by a quarter.
  @Test
  void biasesMoveAgainstTheLoad() {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var bias = arena.floats(4);
      bias.set(0, 1);
      ExpertBias.move(bias, new long[] {6, 5, 1, 4}, 0.5);
      assertArrayEquals(new float[] {0.625f, -0.375f, 0.625f, 0.125f}, bias.toArray());
      ExpertBias.move(bias, new long[] {3, 3, 3, 3}, 0.5);
      assertArrayEquals(new float[] {0.625f, -0.375f, 0.625f, 0.125f}, bias.toArray());
    }
  }
}

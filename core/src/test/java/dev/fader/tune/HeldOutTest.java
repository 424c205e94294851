package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutTest {
  private static List<Integer> examples(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static HeldOut<Integer> of(int count, double share) {
    return HeldOut.of(examples(count), OptionalDouble.of(share));
  }

  @Test
  void someAreHeldOutAndAlwaysTheSame() {
    var parts = of(31, 0.1);
    assertEquals(28, parts.training().size());
    assertEquals(3, parts.validation().size());
    assertEquals(parts, of(31, 0.1));
    var all = new HashSet<>(parts.training());
    all.addAll(parts.validation());
    assertEquals(31, all.size());
  }

  @Test
  void oneIsLeftToLearnFrom() {
    assertEquals(1, of(31, 1).training().size());
    assertEquals(List.of(), of(31, 0).validation());
    assertEquals(examples(1), of(1, 0.1).training());
    assertEquals(List.of(), of(1, 1).validation());
  }

  @Test
  void aTenthIfThereAreEnough() {
    assertEquals(2, HeldOut.of(examples(20), OptionalDouble.empty()).validation().size());
    assertEquals(List.of(), HeldOut.of(examples(19), OptionalDouble.empty()).validation());
  }

  /// Of examples that are sorted by their labels each label is held out in its share.
  @Test
  void neighboursAreHeldOutInTheSameShare() {
    var held = of(100, 0.1).validation();
    for (int tenth = 0; tenth < 10; tenth++) {
      assertEquals(tenth, held.get(tenth) / 10);
    }
  }
}

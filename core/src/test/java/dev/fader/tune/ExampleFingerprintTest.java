package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.fader.tune.example.Place;
import dev.fader.tune.example.TrainingExample;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleFingerprintTest {
  private static TrainingExample example(int given, int... ids) {
    var learned = new BitSet();
    learned.set(given, ids.length);
    return new TrainingExample(ids, learned, new Place("test", 1));
  }

  private static String of(TrainingExample... examples) {
    var print = new ExampleFingerprint();
    List.of(examples).forEach(print::add);
    return print.text();
  }

  @Test
  void isOfTokensAndOfWhatIsLearned() {
    var first = of(example(2, 5, 6, 7), example(1, 8, 9));
    assertEquals(first, of(example(2, 5, 6, 7), example(1, 8, 9)));
    assertNotEquals(first, of(example(1, 5, 6, 7), example(1, 8, 9))); // more is learned
    assertNotEquals(first, of(example(2, 5, 6, 4), example(1, 8, 9))); // another token
    assertNotEquals(first, of(example(1, 8, 9), example(2, 5, 6, 7))); // another order
    assertNotEquals(first, of(example(2, 5, 6, 7, 8), example(1, 9))); // cut elsewhere
  }
}

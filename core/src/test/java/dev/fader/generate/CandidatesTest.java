package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CandidatesTest {
  /// Few of many go through a heap, many through a sort: both must agree.
  @Test
  void candidatesAreTheSameHoweverManyAreTaken() {
    var random = new SplittableRandom(3);
    var logits = new float[1000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(100) - 50;
    }
    var all = Candidates.of(logits, 0);
    for (int count : new int[] {1, 7, 33, 100, 500}) {
      var some = Candidates.of(logits, count);
      assertEquals(count, some.count());
      for (int rank = 0; rank < count; rank++) {
        assertEquals(all.id(rank), some.id(rank), count + " candidates, rank " + rank);
      }
    }
  }

  @Test
  void equalLogitsComeInTheOrderOfTheirIds() {
    var candidates = Candidates.of(new float[] {0f, -0f, 1, Float.NaN, 0f}, 0);
    assertEquals(4, candidates.count());
    int[] ids = {2, 0, 1, 4};
    for (int rank = 0; rank < ids.length; rank++) {
      assertEquals(ids[rank], candidates.id(rank));
    }
  }

  @Test
  void theWholeUnitIntervalDraws() {
    var candidates = Candidates.of(new float[] {1, 1, 1}, 0);
    assertEquals(0, candidates.draw(0));
    assertEquals(1, candidates.draw(0.5));
    assertEquals(2, candidates.draw(0.9));
  }
}
